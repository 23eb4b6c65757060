#pragma once

#include <string>
#include <string_view>

namespace postrider::config {

/// A number of JSON without exponent and needless zeros: "5" for `5.0`, `5e0` and `0.5e1`. One that needs
/// more than 60 digits for that is given back as it is.
[[nodiscard]] std::string plain_number(std::string_view number);

}  // namespace postrider::config
