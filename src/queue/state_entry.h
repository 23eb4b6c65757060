#pragma once

#include <string_view>
#include <vector>

namespace postrider::queue {

/// The queues that a field of `states` names (scripts/lib/state.lua): "<queue> <state>" for each, with a
/// space between. They last as long as the text; a part without its other half is left out.
[[nodiscard]] std::vector<std::string_view> queues_of_entry(std::string_view entry);

}  // namespace postrider::queue
