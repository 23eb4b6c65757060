#pragma once

#include <string>
#include <string_view>

namespace postrider::dispatch {

/// The type of the event that asks an endpoint to verify itself.
constexpr std::string_view challenge_type = "postrider.endpoint.verification";

/// Its `data`. A challenge is of base64url's alphabet.
[[nodiscard]] std::string challenge_data(std::string_view challenge);

/// Whether an answer's body repeats the challenge: it alone with white space around it, or a JSON object
/// whose `challenge` it is. In a time that tells nothing of the challenge.
[[nodiscard]] bool repeats(std::string_view body, std::string_view challenge);

}  // namespace postrider::dispatch
