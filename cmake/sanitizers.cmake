# POSTRIDER_SANITIZE: a comma separated list for -fsanitize; findings end the program.
set(POSTRIDER_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined or thread")
if(POSTRIDER_SANITIZE)
  add_compile_options(-fsanitize=${POSTRIDER_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${POSTRIDER_SANITIZE})
  if(POSTRIDER_SANITIZE MATCHES "address")
    # UBSan's tables are full of addresses: to relocate tens of megabytes of them took most of the time of a short test.
    add_link_options(-no-pie)
  endif()
  if(POSTRIDER_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan) # Asio's fences; TSan does not model them and says so
  endif()
endif()

# Only the fuzz targets and what they are made of can be built then: everything else has a main of its own.
option(POSTRIDER_FUZZ "Build the targets of tests/fuzz as programs of libFuzzer, with clang" OFF)
if(POSTRIDER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
