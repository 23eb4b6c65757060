# Precompiled headers for what takes longest to parse: Asio's coroutines in the sources that use them, GoogleTest in the
# tests. Off in the presets dev and clang, so that a missing include shows there.
option(POSTRIDER_PRECOMPILED "Precompile Asio's and GoogleTest's headers" ON)

# precompile(TARGET OF): TARGET uses the precompiled headers of OF, a target with the same definitions.
function(precompile target of)
  if(POSTRIDER_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${of})
  endif()
endfunction()

# precompiled_headers(NAME LIBRARIES target ... HEADERS header ...): a target to take precompiled headers from.
function(precompiled_headers)
  cmake_parse_arguments(ARG "" "NAME" "LIBRARIES;HEADERS" ${ARGN})
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.cpp "")
  add_library(${ARG_NAME} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.cpp)
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBRARIES})
  if(POSTRIDER_PRECOMPILED)
    target_precompile_headers(${ARG_NAME} PRIVATE ${ARG_HEADERS})
  endif()
endfunction()

precompiled_headers(NAME precompiled_asio
  LIBRARIES postrider_asio postrider_warnings
  HEADERS <functional> <memory> <optional> <string> <unordered_map> <vector>
          <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp> <boost/asio/buffer.hpp> <boost/asio/io_context.hpp>
          <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>)
