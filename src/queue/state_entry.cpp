#include "state_entry.h"

#include <algorithm>

namespace postrider::queue {

std::vector<std::string_view> queues_of_entry(std::string_view entry) {
    std::vector<std::string_view> names;
    while (!entry.empty()) {
        const auto line = entry.substr(0, entry.find('\n'));
        entry.remove_prefix(std::min(line.size() + 1, entry.size()));
        if (const auto space = line.find(' '); space != std::string_view::npos)
            names.push_back(line.substr(0, space));
    }
    return names;
}

}  // namespace postrider::queue
