#pragma once

#include <string>
#include <string_view>

namespace postrider::intake {

/// The text of a string that json_scanner let through; `raw` has its quotes.
[[nodiscard]] std::string decode_json_string(std::string_view raw);

}  // namespace postrider::intake
