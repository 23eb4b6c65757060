#pragma once

#include <openssl/err.h>

#include <string>

namespace postrider::net {

/// So that what a call of OpenSSL leaves on this thread is its own. Clearing what is empty would take longer
/// than to read or write a short record.
inline void forget_errors() noexcept {
    if (::ERR_peek_error() != 0) ::ERR_clear_error();
}

/// The last error of OpenSSL on this thread, for people; forgets it.
[[nodiscard]] inline std::string openssl_reason() {
    const char* const reason = ::ERR_reason_error_string(::ERR_peek_last_error());
    ::ERR_clear_error();
    return reason == nullptr ? "not a PEM file" : reason;
}

}  // namespace postrider::net
