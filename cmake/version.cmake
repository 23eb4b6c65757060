# The commit is read at configure time; a tree without git says "unknown".
execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse --short=12 HEAD
                OUTPUT_VARIABLE POSTRIDER_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT POSTRIDER_COMMIT)
  set(POSTRIDER_COMMIT unknown)
endif()
