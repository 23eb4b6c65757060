#pragma once

#include <string_view>

namespace postrider::sign {

/// Names of headers are compared without regard to case, in ASCII.
[[nodiscard]] bool same_name(std::string_view left, std::string_view right) noexcept;

}  // namespace postrider::sign
