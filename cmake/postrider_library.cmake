# postrider_library(NAME name SOURCES a.cpp ... DEPENDS folder ... LIBRARIES target ...)
# One library for one folder of src/. DEPENDS names the folders that it may include from; the check
# in cmake/check_includes.py holds the sources to exactly these.
function(postrider_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  set(target postrider_${ARG_NAME})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(folder IN LISTS ARG_DEPENDS)
    target_link_libraries(${target} PUBLIC postrider_${folder})
  endforeach()
  target_link_libraries(${target} PRIVATE postrider_warnings PUBLIC ${ARG_LIBRARIES})
endfunction()
