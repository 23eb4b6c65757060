#pragma once

namespace postrider {

/// "0.1.0".
[[nodiscard]] const char* version() noexcept;
/// The commit that was built, or "unknown".
[[nodiscard]] const char* commit() noexcept;

}  // namespace postrider
