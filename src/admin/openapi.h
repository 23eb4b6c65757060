#pragma once

#include <string_view>

namespace postrider::admin {

/// The description of the API (OpenAPI 3.1), embedded from openapi.json.
[[nodiscard]] std::string_view openapi() noexcept;

}  // namespace postrider::admin
