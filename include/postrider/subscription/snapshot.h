#pragma once

#include <postrider/event/endpoint.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::subscription {

/// All endpoints of one configuration, immutable: swapped whole on reload, shared by every shard.
/// Matching costs by the length of the type and the number of matches, not by the number of endpoints.
class snapshot {
 public:
    explicit snapshot(std::vector<endpoint_ptr> endpoints, std::uint64_t version = 0);
    ~snapshot();
    snapshot(const snapshot&) = delete;
    snapshot& operator=(const snapshot&) = delete;

    /// The endpoints of `tenant` that subscribed to `type`, each once, in the order of the configuration.
    [[nodiscard]] std::vector<endpoint_ptr> match(std::string_view tenant, std::string_view type) const;

    /// By `endpoint::queue_name()`; null when unknown.
    [[nodiscard]] endpoint_ptr find(std::string_view queue_name) const;

    [[nodiscard]] const std::vector<endpoint_ptr>& endpoints() const noexcept { return endpoints_; }
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

 private:
    struct index;
    std::vector<endpoint_ptr> endpoints_;
    std::uint64_t version_;
    std::unique_ptr<index> index_;
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

}  // namespace postrider::subscription
