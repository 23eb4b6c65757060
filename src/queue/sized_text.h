#pragma once

#include <string>
#include <string_view>

namespace postrider::queue {

/// Appends a field of a text that scripts/lib/sized.lua reads: '<length>:<bytes>'.
inline void append_sized(std::string& out, std::string_view field) {
    out.append(std::to_string(field.size())).append(1, ':').append(field);
}

/// Appends a field that holds ids, a line each. Calls `visit_ids` with a function that takes an id, twice.
template <typename VisitIds>
void append_sized_ids(std::string& out, VisitIds visit_ids) {
    std::size_t size = 0;
    visit_ids([&](std::string_view id) { size += id.size() + 1; });
    out.append(std::to_string(size)).push_back(':');
    visit_ids([&](std::string_view id) { out.append(id).push_back('\n'); });
}

}  // namespace postrider::queue
