#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/base/secret.h>
#include <postrider/event/address.h>
#include <postrider/event/url.h>

#include <cstddef>
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
    std::string ca_file{};    ///< for an https URL; empty: the system's authorities
    std::string cert_file{};  ///< for a daemon that asks for a client's certificate; empty: none
    std::string key_file{};   ///< its key; empty: it is in `cert_file`
    milliseconds timeout{30000};
};

struct daemon_request {
    std::string method;
    std::string path;    ///< with its query, percent-encoded
    std::string body{};  ///< JSON; empty: the request has none
};

struct daemon_answer {
    int status = 0;
    std::string body;  ///< at most `max_answer_bytes` of it
    std::string retry_after;
};

/// Larger than any page of the API.
inline constexpr std::size_t max_answer_bytes = std::size_t{64} << 20U;

/// Why there is no answer.
struct no_answer {
    bool sent = false;  ///< the request went out, at least in part: the daemon may have acted on it
    std::string text;   ///< for people: the reason and what to do
};

/// Asks a running daemon over HTTP. Blocks; each request has a connection of its own.
class daemon_client {
 public:
    /// The error says what is wrong with the URL or the files.
    [[nodiscard]] static expected<daemon_client, std::string> make(const client_options& options);

    /// The answer, whatever its status.
    [[nodiscard]] expected<daemon_answer, no_answer> ask(const daemon_request& request) const;

 private:
    daemon_client() = default;

    http_url url_;
    std::string shown_url_;
    secret token_;
    milliseconds timeout_{0};
    std::shared_ptr<net::tls_context> tls_;  ///< null for http
};

/// The bytes of a request.
[[nodiscard]] std::string render(const daemon_request& request, const http_url& base, const secret& token);

/// A refusal in one line: status, code, what is wrong, and what to do where that is clear.
[[nodiscard]] std::string explain_refusal(const daemon_answer& answer);

}  // namespace postrider::cli
