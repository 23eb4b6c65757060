#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider::cli {

/// What an endpoint answers to be verified: the challenge, where the body is an event that has one.
[[nodiscard]] std::optional<std::string> challenge_in(std::string_view body);

}  // namespace postrider::cli
