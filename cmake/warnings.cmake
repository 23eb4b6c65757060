# Warnings are errors. Dependencies' headers are SYSTEM and keep their own counsel.
add_library(postrider_warnings INTERFACE)
target_compile_options(postrider_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wundef -Wimplicit-fallthrough -Wnull-dereference)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false null dereferences, uninitialised values, overruns and mismatched deletes inside coroutine
  # frames and std::string once it inlines (GCC bugs 105562, 105329, 105651); the sanitizers watch over the real ones.
  # -Wshadow=local: the full -Wshadow of GCC also counts a variable named like a type, as in `item item`.
  target_compile_options(postrider_warnings INTERFACE -Wshadow=local -Wduplicated-cond -Wlogical-op -Wno-null-dereference
    -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow
    -Wno-mismatched-new-delete -Wno-free-nonheap-object $<$<CONFIG:Release>:-Wno-stringop-overread>)
else()
  # Of sources compiled together it would see what another one has in its anonymous namespace.
  target_compile_options(postrider_warnings INTERFACE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>)
endif()
