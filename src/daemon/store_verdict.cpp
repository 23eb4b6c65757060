#include "store_verdict.h"

#include <algorithm>

namespace postrider::daemon {

namespace {

using standing = store_verdict::standing;
using finding = queue::store_mark::finding;

int severity(const store_verdict& one) {
    if (one.what == standing::foreign) return 2;
    return one.what == standing::unfit && !one.passing ? 1 : 0;
}

int loss(finding mark) {
    if (mark == finding::wiped) return 2;
    return mark == finding::rewound ? 1 : 0;
}

double share_used(const store_verdict& one) {
    if (one.max_memory == 0) return 0;
    return static_cast<double>(one.used_memory) / static_cast<double>(one.max_memory);
}

void add_warning(store_verdict& to, const std::string& text) {
    if (!text.empty() && std::ranges::find(to.warnings, text) == to.warnings.end())
        to.warnings.push_back(text);
}

/// What is said of the whole, but for its warnings.
store_verdict weigh(const std::vector<store_verdict>& servers) {
    const auto worst = std::ranges::max_element(servers, {}, severity);
    if (severity(*worst) > 0) return *worst;
    const auto is_good = [](const store_verdict& one) { return one.what == standing::good; };
    if (std::ranges::none_of(servers, is_good)) return servers.front();
    return store_verdict();
}

}  // namespace

store_verdict merge(const std::vector<store_verdict>& servers) {
    store_verdict whole = weigh(servers);
    for (const auto& one : servers) {
        for (const auto& warning : one.warnings)
            add_warning(whole, warning);
        if (one.fault != whole.fault) add_warning(whole, one.fault);
    }
    whole.mark = std::ranges::max_element(servers, {}, [](const auto& one) { return loss(one.mark); })->mark;
    const auto fullest = std::ranges::max_element(servers, {}, share_used);
    whole.used_memory = fullest->used_memory;
    whole.max_memory = fullest->max_memory;
    return whole;
}

}  // namespace postrider::daemon
