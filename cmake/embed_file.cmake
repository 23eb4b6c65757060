# embed_file(target source symbol): puts a text file into the library as
# `extern const std::string_view <symbol>` in namespace postrider, made again whenever the file changes.
function(embed_file target source symbol)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp)
  set(script ${CMAKE_SOURCE_DIR}/cmake/write_embedded_file.cmake)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${script}
    DEPENDS ${source} ${script} VERBATIM)
  # The standard asks for literals of 65536 characters; GCC and clang take any.
  set_source_files_properties(${output} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
  target_sources(${target} PRIVATE ${output})
endfunction()
