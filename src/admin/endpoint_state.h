#pragma once

#include <postrider/event/endpoint.h>
#include <postrider/event/standing.h>

#include <optional>
#include <string_view>

namespace postrider::admin {

/// What an endpoint is in, for people (CONTRACT section 3).
struct endpoint_state {
    std::string_view name = "active";  ///< active, paused, disabled
    std::string_view disabled_reason;  ///< gone, failing, operator, unverified; empty unless disabled
    std::optional<wall_time> since;    ///< when known
};

/// A disablement holds for the URL it was made for only; it goes before a pause.
[[nodiscard]] endpoint_state state_of(const endpoint& endpoint, const standing& standing);
/// Of the endpoint, in a map that may be absent.
[[nodiscard]] standing find_standing(const standings_ptr& standings, const endpoint& endpoint);

}  // namespace postrider::admin
