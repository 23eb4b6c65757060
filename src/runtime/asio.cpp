// The one translation unit that holds the bodies of Asio, its SSL part and Beast; everything else sees
// declarations only (cmake/dependencies.cmake, postrider_asio).
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
