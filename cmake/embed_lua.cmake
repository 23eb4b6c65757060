# embed_lua(TARGET SOURCE_DIR [NAMESPACE]): every *.lua directly in SOURCE_DIR becomes a text in a generated source of
# TARGET, its `--@include lib/x.lua` lines replaced by those files, with the SHA-1 that EVALSHA wants. The folder's
# "scripts.h" declares them, in NAMESPACE (postrider::queue when none is given).
set(EMBED_LUA_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_lua_script.cmake)

function(embed_lua target source_dir)
  file(GLOB scripts CONFIGURE_DEPENDS ${source_dir}/*.lua)
  file(GLOB parts CONFIGURE_DEPENDS ${source_dir}/lib/*.lua)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_scripts.cpp)
  set(namespace postrider::queue)
  if(ARGC GREATER 2)
    set(namespace ${ARGV2})
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${source_dir} -DOUTPUT=${output} -DNAMESPACE=${namespace}
            -P ${EMBED_LUA_SCRIPT}
    DEPENDS ${scripts} ${parts} ${EMBED_LUA_SCRIPT}
    COMMENT "Embedding Lua scripts"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
