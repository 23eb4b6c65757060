# Every dependency is a Debian package; docs/dependencies.md says why each is here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS system url)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)

# Asio, Asio's SSL and Beast are compiled once, in src/runtime/asio.cpp. Everything that includes
# them links this target: the definitions must be the same everywhere (one-definition rule).
add_library(postrider_asio INTERFACE)
target_compile_definitions(postrider_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE
  # Asio keeps two frames of coroutines and two operations for use again, and takes others from aligned_alloc, the slow way
  # through jemalloc, whose own caches of each thread are the better ones. Without it and Boost.Align it takes `operator new`.
  BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING
  BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC BOOST_ASIO_DISABLE_BOOST_ALIGN
  _FILE_OFFSET_BITS=64) # as c-ares asks of its users: one definition for all, or precompiled headers do not fit
target_link_libraries(postrider_asio INTERFACE Boost::system OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
