# Several sources are compiled as one: the headers are parsed, and the inline code of CLI11, nlohmann-json and Asio is
# generated, once instead of once for each source. It makes a clean build three times as fast. Off in the presets dev and
# clang, where a change compiles one source alone, and where a missing include shows.
#
# Sources of one folder then share one anonymous namespace for each of theirs: two helpers of one name are an error, and
# belong into a header of the folder. Tests, whose rows and fixtures may well be called alike, name such sources APART.
option(POSTRIDER_UNITY "Compile several sources as one" ON)

# compile_together(TARGET [source...]): all sources of TARGET but these.
function(compile_together target)
  if(NOT POSTRIDER_UNITY)
    return()
  endif()
  # Each batch takes some 10 s, so that two cores end at nearly the same time.
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 10)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Means to find an anonymous namespace in a header, and takes every included source for one.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
  endif()
endfunction()
