#pragma once

#include <concepts>
#include <type_traits>

namespace postrider::dispatch {

/// What is left of `room` when `taken` is gone; none when more was taken than there is, as after a bound that
/// shrank.
template <std::unsigned_integral Count>
[[nodiscard]] constexpr Count room_left(Count room, std::type_identity_t<Count> taken) noexcept {
    return room > taken ? room - taken : 0;
}

}  // namespace postrider::dispatch
