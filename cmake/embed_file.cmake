# embed_file(TARGET FILE SYMBOL HEADER): FILE becomes `std::string_view SYMBOL()` in a generated source of TARGET, which HEADER
# declares. The text is written as raw string literals of at most 8 KiB, which every compiler takes.
set(EMBED_FILE_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_file_script.cmake)

function(embed_file target file symbol header)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${output} -DSYMBOL=${symbol} -DHEADER=${header} -P ${EMBED_FILE_SCRIPT}
    DEPENDS ${file} ${EMBED_FILE_SCRIPT}
    COMMENT "Embedding ${symbol}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
