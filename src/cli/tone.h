#pragma once

#include <string>
#include <string_view>

namespace postrider::cli {

/// How good a state is, for those who see colours; the text always says it as well.
enum class tone { plain, good, uncertain, bad };

/// Of a state's name as the API has it, whatever follows behind a blank: `disabled (gone)` is bad.
[[nodiscard]] tone tone_of(std::string_view state);

/// The printable text in the colour of its tone.
[[nodiscard]] std::string painted(std::string_view printable, tone tone);

}  // namespace postrider::cli
