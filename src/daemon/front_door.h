#pragma once

#include <postrider/base/clock.h>
#include <postrider/config/config.h>
#include <postrider/event/address.h>
#include <postrider/http/server.h>
#include <postrider/limit/connection_count.h>
#include <postrider/metrics/registry.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::daemon {

/// Whether a peer is in one of the ranges; everybody is where there are none.
[[nodiscard]] bool is_allowed(const std::vector<cidr>& ranges, const ip_address& peer) noexcept;

/// Who may come in at one listener: the addresses that are allowed, and as many connections as may be, in all
/// and from one peer. Refusals are counted, and told of in the log once a second at most. Asked on the main
/// thread; what it gives along with a connection may end on any.
class front_door {
 public:
    front_door(std::string_view name, metrics::registry& metrics, const time_source& time);
    ~front_door();
    front_door(const front_door&) = delete;
    front_door& operator=(const front_door&) = delete;

    /// From the next connection on.
    void set_rules(const config::listener_settings& listener, const config::limit_settings& limits);

    /// What goes along with the connection to its end. Null: it was refused, and its descriptor is closed.
    [[nodiscard]] std::shared_ptr<http::visitor> admit(int descriptor, const ip_address& peer);

 private:
    struct room;
    class admitted;

    std::shared_ptr<room> room_;
    std::vector<cidr> allow_cidrs_;
    limit::connection_count::limits limits_;
    bool tls_ = false;
};

}  // namespace postrider::daemon
