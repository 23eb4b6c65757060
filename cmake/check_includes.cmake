# Part of every build: a source that includes what its folder does not name fails it, before a compiler would.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

# It takes a tenth of a second, so it looks at the tree each time instead of tracking each file.
add_custom_target(check_includes ALL
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/check_includes.py ${CMAKE_SOURCE_DIR}
  COMMENT "Checking the include rules" VERBATIM)
