#include "trie.h"

#include <postrider/subscription/snapshot.h>

namespace postrider::subscription {

struct snapshot::index {
    text_map<trie> tenants;
    text_map<std::uint32_t> queue_names;
};

snapshot::snapshot(std::vector<endpoint_ptr> endpoints, std::uint64_t version)
    : endpoints_(std::move(endpoints)), version_(version), index_(std::make_unique<index>()) {
    index_->queue_names.reserve(endpoints_.size());
    for (std::uint32_t i = 0; i < endpoints_.size(); ++i) {
        const auto& endpoint = *endpoints_[i];
        index_->queue_names.try_emplace(endpoint.queue_name(), i);
        auto& patterns = index_->tenants[endpoint.tenant];
        for (const auto& pattern : endpoint.events)
            patterns.add(pattern, i);
    }
}

snapshot::~snapshot() = default;

std::vector<endpoint_ptr> snapshot::match(std::string_view tenant, std::string_view type) const {
    std::vector<endpoint_ptr> matched;
    const auto patterns = index_->tenants.find(tenant);
    if (patterns == index_->tenants.end()) return matched;
    const auto found = patterns->second.match(type);
    matched.reserve(found.size());
    for (const auto i : found)
        matched.push_back(endpoints_[i]);
    return matched;
}

endpoint_ptr snapshot::find(std::string_view queue_name) const {
    const auto found = index_->queue_names.find(queue_name);
    return found == index_->queue_names.end() ? nullptr : endpoints_[found->second];
}

}  // namespace postrider::subscription
