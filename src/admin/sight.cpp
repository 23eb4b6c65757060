#include "sight.h"

#include <algorithm>

namespace postrider::admin {

endpoint_ptr find_endpoint(const call& asked, std::string_view id) {
    if (!asked.now->subscriptions) return nullptr;
    if (asked.tenant) return asked.now->subscriptions->find(*asked.tenant + '.' + std::string(id));
    const auto& all = asked.now->subscriptions->endpoints();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const endpoint_ptr& one) { return one->id == id; });
    return found == all.end() ? nullptr : *found;
}

bool may_see(const call& asked, std::string_view tenant) noexcept {
    return !asked.tenant || *asked.tenant == tenant;
}

std::vector<endpoint_ptr> visible_endpoints(const call& asked) {
    std::vector<endpoint_ptr> found;
    if (!asked.now->subscriptions) return found;
    for (const auto& one : asked.now->subscriptions->endpoints()) {
        if (may_see(asked, one->tenant)) found.push_back(one);
    }
    std::sort(found.begin(), found.end(),
              [](const endpoint_ptr& left, const endpoint_ptr& right) { return left->id < right->id; });
    return found;
}

}  // namespace postrider::admin
