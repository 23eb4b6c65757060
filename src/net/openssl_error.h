#pragma once

#include <openssl/err.h>

#include <string>

namespace postrider::net {

/// The last error of OpenSSL on this thread, for people; forgets it.
[[nodiscard]] inline std::string openssl_reason() {
    const char* const reason = ::ERR_reason_error_string(::ERR_peek_last_error());
    ::ERR_clear_error();
    return reason == nullptr ? "not a PEM file" : reason;
}

}  // namespace postrider::net
