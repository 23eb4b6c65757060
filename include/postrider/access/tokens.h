#pragma once

#include <postrider/base/digest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::access {

/// What a token may do; `admin` includes the others.
enum class scope : std::uint8_t { ingest = 1, read = 2, admin = 4 };

/// A token as it is kept: only its SHA-256.
struct token {
    std::string name;  ///< for logs
    sha256_digest digest{};
    std::uint8_t scopes = 0;            ///< a set of `scope`
    std::optional<std::string> tenant;  ///< bound to it

    [[nodiscard]] bool allows(scope wanted) const noexcept;
    [[nodiscard]] bool operator==(const token&) const = default;
};

/// Answers who a request is from. Immutable.
class token_list {
 public:
    token_list() = default;
    explicit token_list(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

    /// Without tokens everything is open (and listeners are on loopback only).
    [[nodiscard]] bool open() const noexcept { return tokens_.empty(); }

    /// The token of an `Authorization` header's value ("Bearer …", scheme in any case); null for unknown,
    /// wrong and malformed ones alike. Takes the same time for each.
    [[nodiscard]] const token* find(std::string_view authorization) const noexcept;

 private:
    std::vector<token> tokens_;
};

}  // namespace postrider::access
