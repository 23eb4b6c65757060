#pragma once

#include "support/redis/redis_server.h"

#include <postrider/metrics/registry.h>
#include <postrider/net/resolver.h>
#include <postrider/queue/store.h>
#include <postrider/redis/client.h>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postrider::queue {

/// A store over a Redis of its own, without a file, and a dispatcher that does what it is told. Brings
/// batches of events of 1 KiB for one endpoint through their life, by as few calls as the store makes of
/// them.
class store_rig final : public dispatch_port, public lease_port {
 public:
    store_rig();
    ~store_rig() override;
    store_rig(const store_rig&) = delete;
    store_rig& operator=(const store_rig&) = delete;

    enum class way { straight, queued };
    /// Stores new events and has them in flight: by the same call, or by a claim after it. `with_ids`: the
    /// ids are the client's, and are remembered.
    void take_in(std::int64_t count, way way, bool with_ids);
    /// Settles what is in flight. `remembered`: each attempt goes into the endpoint's history.
    void complete_all(bool remembered);
    /// As failed attempts; then their retries come due and are claimed.
    void retry_all();

    /// CPU that the server, and that this thread, has used.
    [[nodiscard]] double server_seconds() const;
    [[nodiscard]] static double own_seconds();

 private:
    bool reserve(std::uint32_t, const endpoint_ptr&) override { return slots_ > 0 && slots_-- > 0; }
    void on_not_claimed(const std::string&) override {}
    void on_claimed(delivery delivery) override { in_flight_.push_back(std::move(delivery)); }
    void collect_claims(std::vector<claim>& claims, std::size_t most) override;
    void on_claim_ended(const claim& ended, std::uint32_t granted, bool more) override;
    void on_backlog_full(std::uint32_t, const endpoint_ptr&, const event_ptr&) override {}
    void on_health(std::uint32_t, const std::vector<std::pair<std::string, std::string>>&) override {}
    void on_ready(std::uint32_t, const std::string&) override { waits_ = true; }
    void on_lost(std::uint32_t) override {}
    std::string_view token(std::uint32_t) const noexcept override { return "T"; }
    std::string_view settle_token(std::uint32_t) const noexcept override { return "T"; }
    void on_fenced(std::uint32_t) override;

    [[nodiscard]] new_event make_event(bool with_id);
    void claim_until(std::size_t count);
    void run_until(const std::function<bool()>& so);
    [[nodiscard]] std::vector<delivery> take_all();

    class no_names;
    testing::redis_server server_;
    boost::asio::io_context context_{1};
    std::unique_ptr<net::resolver> resolver_;
    metrics::registry metrics_;
    const keys names_{"bench", 4};
    endpoint_ptr endpoint_;
    std::unique_ptr<redis::client> client_;
    std::unique_ptr<store> store_;
    std::vector<delivery> in_flight_;
    std::int64_t slots_ = 0;
    std::uint64_t number_ = 0;
    std::uint32_t wanted_ = 0;
    bool waits_ = false;
};

}  // namespace postrider::queue
