#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/base/secret.h>
#include <postrider/event/address.h>
#include <postrider/event/url.h>

#include <memory>
#include <string>
#include <vector>

namespace postrider::net {
class tls_context;
}

namespace postrider::cli {

struct client_options {
    std::string url = "http://127.0.0.1:8081";
    std::string token{};
    std::string ca_file{};  ///< for an https URL; empty: the system's authorities
    milliseconds timeout{30000};
};

struct daemon_answer {
    int status = 0;
    std::string body;  ///< its first megabyte
    std::string retry_after;
};

/// Asks a running daemon over HTTP. Blocks; each request has a connection of its own.
class daemon_client {
 public:
    /// The error says what is wrong with the URL or the files.
    [[nodiscard]] static expected<daemon_client, std::string> make(const client_options& options);

    /// The answer, whatever its status; or why there is none and what to do, for people.
    [[nodiscard]] expected<daemon_answer, std::string> post(const std::string& path,
                                                            const std::string& body) const;

 private:
    daemon_client() = default;

    [[nodiscard]] std::string request_for(const std::string& path, const std::string& body) const;

    http_url url_;
    std::string shown_url_;
    secret token_;
    milliseconds timeout_{0};
    std::shared_ptr<net::tls_context> tls_;  ///< null for http
};

/// The whole of a POST request, ready to be sent.
[[nodiscard]] std::string render_post(const http_url& base, const std::string& path, const secret& token,
                                      const std::string& body);

}  // namespace postrider::cli
