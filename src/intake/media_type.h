#pragma once

#include <cstdint>
#include <string_view>

namespace postrider::intake {

enum class media : std::uint8_t { json, ndjson, other };

/// What a `Content-Type` says. A `charset` other than utf-8, and any other parameter, make it `other`.
[[nodiscard]] media read_media_type(std::string_view content_type) noexcept;

}  // namespace postrider::intake
