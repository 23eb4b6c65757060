#pragma once

#include "answer.h"

#include <postrider/base/random.h>
#include <postrider/event/endpoint.h>

namespace postrider::admin {

struct rotation {
    std::optional<std::string> secret;  ///< as given; absent: made
    milliseconds grace{86'400'000};     ///< for how long the secret before goes on signing
    static constexpr milliseconds longest_grace{30 * 86'400'000LL};
};
/// Out of the body of a request, or 422.
[[nodiscard]] expected<rotation, http::response> read_rotation(std::string_view body);

struct rotated {
    json document;
    std::optional<std::string> made_secret;  ///< when none was given
    std::string public_key;                  ///< `whpk_…`, of a made ed25519 pair
};
/// Puts a new secret before those of the first authentication that has secrets. The one that was first ends
/// after the grace, the others when they were to end; what has ended goes. 409 when there is nothing to
/// rotate, or when more than three would be live. `read` is what `document` says. Pure but for the random
/// source.
[[nodiscard]] expected<rotated, http::response> rotate(json document, const endpoint& read,
                                                       const rotation& wanted, wall_time now,
                                                       random_source& random);

}  // namespace postrider::admin
