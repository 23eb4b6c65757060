# Run by embed_lua at build time: cmake -DSOURCE_DIR=... -DOUTPUT=... -DNAMESPACE=... -P embed_lua_script.cmake
# Raw string literals keep every byte, so the SHA-1 is that of what will be sent.
file(GLOB scripts ${SOURCE_DIR}/*.lua)
list(SORT scripts)
set(entries "")
foreach(path IN LISTS scripts)
  get_filename_component(name ${path} NAME_WE)
  file(READ ${path} text)
  while("${text}" MATCHES "--@include ([a-z_/]+\\.lua)\n")
    set(line "${CMAKE_MATCH_0}")
    file(READ ${SOURCE_DIR}/${CMAKE_MATCH_1} part)
    string(REPLACE "${line}" "${part}" text "${text}")
  endwhile()
  if("${text}" MATCHES "--@include" OR "${text}" MATCHES "\\)lua\"")
    message(FATAL_ERROR "${path}: an include that cannot be resolved, or the literal's end mark")
  endif()
  if(NOT "${text}" MATCHES "^#!lua")
    message(FATAL_ERROR "${path}: the first line must be #!lua with its flags")
  endif()
  string(SHA1 digest "${text}")
  string(APPEND entries "    {\"${name}\", \"${digest}\", R\"lua(${text})lua\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from the Lua scripts of this folder by cmake/embed_lua_script.cmake.
#include \"scripts.h\"

namespace ${NAMESPACE} {

const script_text embedded_scripts[] = {
${entries}};
const std::size_t embedded_script_count = sizeof embedded_scripts / sizeof *embedded_scripts;

}  // namespace ${NAMESPACE}
")
