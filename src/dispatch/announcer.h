#pragma once

#include <postrider/base/random.h>
#include <postrider/event/endpoint.h>
#include <postrider/event/event.h>
#include <postrider/queue/store.h>
#include <postrider/subscription/snapshot.h>

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace postrider::dispatch {

/// Makes operational events of what happens to endpoints and deliveries: events of the endpoint's tenant like
/// any other, but only for endpoints with a pattern whose first segment is `postrider`. Such an endpoint is
/// never the subject of one, and no delivery of one gives rise to another: they never cascade. Nothing is
/// made when nobody subscribed. Lives on the shard's executor.
class announcer {
 public:
    announcer(queue::store& store, random_source& random, const time_source& time)
        : store_(store), random_(random), time_(time) {}

    void set_snapshot(subscription::snapshot_ptr snapshot) { snapshot_ = std::move(snapshot); }

    void endpoint_disabled(const endpoint& endpoint, std::string_view reason);
    void endpoint_failing(const endpoint& endpoint, wall_time since, wall_time disabled_at);
    void circuit_opened(const endpoint& endpoint);
    void circuit_closed(const endpoint& endpoint);
    void backlog_grew(const endpoint& endpoint, std::uint64_t waiting);
    void event_died(const endpoint& endpoint, const event& dead, std::string_view reason,
                    std::uint32_t attempts, std::uint16_t response_code, std::string_view error);

 private:
    void announce(std::string_view type, const endpoint& about, nlohmann::ordered_json data);

    queue::store& store_;
    random_source& random_;
    const time_source& time_;
    subscription::snapshot_ptr snapshot_;
};

}  // namespace postrider::dispatch
