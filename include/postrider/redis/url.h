#pragma once

#include <postrider/base/expected.h>
#include <postrider/base/secret.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::redis {

/// Where and as whom to connect.
struct location {
    enum class transport : std::uint8_t { tcp, tls, unix_socket };
    transport kind = transport::tcp;
    std::string host;  ///< name or literal
    std::uint16_t port = 6379;
    std::string path;      ///< of the unix socket
    std::string username;  ///< empty: the default user
    secret password;       ///< empty: no AUTH
    std::uint32_t database = 0;
    std::string ca_file;  ///< `?ca_file=`: for rediss, instead of the system's authorities
    [[nodiscard]] bool operator==(const location&) const = default;

    /// For logs: no user, no password.
    [[nodiscard]] std::string display() const;
};

/// `redis://[user[:password]@]host[:port][/db]`, `rediss://…[?ca_file=/path]`,
/// `unix://[user[:password]@]/path/to/socket[?db=N]`. User and password may be percent-encoded. The error
/// says what is wrong and what is allowed, and never shows the password.
[[nodiscard]] expected<location, std::string> parse_url(std::string_view text);

}  // namespace postrider::redis
