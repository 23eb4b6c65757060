# embed_folder(target folder function FILES a.js ...): puts text files into the library as
# `std::span<const embedded_file> <function>()` in namespace postrider, made again whenever one changes.
# embedded_file.h of the target's folder says what an embedded_file is.
function(embed_folder target folder function)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  set(script ${CMAKE_SOURCE_DIR}/cmake/write_embedded_folder.cmake)
  list(TRANSFORM ARG_FILES PREPEND ${folder}/ OUTPUT_VARIABLE sources)
  list(JOIN ARG_FILES "," names)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DNAMES=${names} -DOUTPUT=${output} -DFUNCTION=${function} -P ${script}
    DEPENDS ${sources} ${script} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
