#pragma once

#include <postrider/access/tokens.h>
#include <postrider/base/random.h>
#include <postrider/http/server.h>
#include <postrider/limit/request_rates.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/intake_port.h>
#include <postrider/subscription/snapshot.h>

#include <memory>
#include <set>
#include <string>

namespace postrider::intake {

/// What a shard's intake works with; swapped whole on reload, on the shard's executor.
struct view {
    subscription::snapshot_ptr subscriptions;
    std::shared_ptr<const access::token_list> tokens;
    std::shared_ptr<const limit::request_rates> rates;  ///< null: no token has one
    std::size_t max_body_bytes = 262144;
    std::size_t max_batch_bytes = 8 * 1024 * 1024;
    std::size_t max_batch_events = 1000;
};

/// What may not be stored now, and why.
struct pressure {
    std::string store_full;              ///< for people; empty: the store has room
    std::set<std::string> full_tenants;  ///< past limits of their own
    [[nodiscard]] bool operator==(const pressure&) const = default;
};

/// `POST /api/events` and `POST /api/events/batch` (CONTRACT section 3). Anything else is 404 or 405. One for
/// each shard.
class service final : public http::handler {
 public:
    service(queue::intake_port& queue, metrics::registry& metrics, random_source& random,
            const time_source& time);
    ~service() override;

    void set_view(view view);
    /// While closed every event is answered 503: start-up, shutdown.
    void set_open(bool open);
    /// Null: there is room for everything.
    void set_pressure(std::shared_ptr<const pressure> pressure);

    /// Whether the path is one of intake's, for listeners that carry other routes as well.
    [[nodiscard]] static bool is_route(std::string_view path) noexcept;

    [[nodiscard]] expected<std::uint64_t, http::response> admit(
        const http::request& head, std::optional<std::uint64_t> content_length) override;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request& request) override;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace postrider::intake
