#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider::subscription {

/// Whether `type` matches `pattern`: segments between dots, `*` for exactly one segment, `**` for any number,
/// none included. Reference semantics for the index in snapshot.h.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view type) noexcept;

/// What is wrong with a pattern, and what is allowed; nothing when it is fine: 1 to 256 of
/// `[A-Za-z0-9_.-]`, or whole segments `*` and `**`.
[[nodiscard]] std::optional<std::string> fault_of(std::string_view pattern);

/// 1 to 256 of `[A-Za-z0-9_.-]`.
[[nodiscard]] bool is_event_type(std::string_view type) noexcept;

}  // namespace postrider::subscription
