#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/digest.h>
#include <postrider/event/endpoint.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::access {

/// What a token may do; `admin` includes the others.
enum class scope : std::uint8_t { ingest = 1, read = 2, admin = 4 };

/// The value that a token had before: it is good beside the new one until it is taken out or has expired.
struct previous_value {
    sha256_digest digest{};
    std::optional<wall_time> expires_at;
    [[nodiscard]] bool operator==(const previous_value&) const = default;
};

/// A token as it is kept: only its SHA-256.
struct token {
    std::string name;  ///< for logs
    sha256_digest digest{};
    std::uint8_t scopes = 0;            ///< a set of `scope`
    std::optional<std::string> tenant;  ///< bound to it
    std::optional<previous_value> previous{};
    std::optional<rate_settings> rate_limit{};  ///< of events and other requests, on this daemon

    [[nodiscard]] bool allows(scope wanted) const noexcept;
    [[nodiscard]] bool operator==(const token&) const = default;
};

/// Whose a request is.
struct found_token {
    const token* who = nullptr;  ///< null: nobody's
    bool by_previous = false;    ///< it came with the previous value
};

/// Answers who a request is from. Immutable.
class token_list {
 public:
    token_list() = default;
    explicit token_list(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

    /// Without tokens everything is open (and listeners are on loopback only).
    [[nodiscard]] bool open() const noexcept { return tokens_.empty(); }

    /// The token of an `Authorization` header's value ("Bearer …", scheme in any case); nobody's for unknown,
    /// wrong, expired and malformed ones alike. Takes the same time for each; the clock is asked only for a
    /// value that has an end.
    [[nodiscard]] found_token find(std::string_view authorization, const time_source& time) const noexcept;

 private:
    std::vector<token> tokens_;
};

}  // namespace postrider::access
