#pragma once

#include "jobs_story.h"

#include <postrider/metrics/registry.h>
#include <postrider/queue/inspection.h>
#include <postrider/queue/store.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider::dead_letter {

/// Takes every event at once and buries it, or keeps it in flight.
class burying_dispatch final : public queue::dispatch_port {
 public:
    queue::store* store = nullptr;
    bool reserves = true;  ///< false: events wait in their queues
    bool buries = true;    ///< false: they stay in flight, in `held`
    std::uint64_t buried = 0;
    std::vector<queue::delivery> held;

    bool reserve(std::uint32_t /*partition*/, const endpoint_ptr& /*endpoint*/) override { return reserves; }
    void on_not_claimed(const std::string& /*queue_name*/) override {}
    void on_claimed(queue::delivery delivery) override;
    void collect_claims(std::vector<claim>& /*claims*/, std::size_t /*most*/) override {}
    void on_claim_ended(const claim& /*ended*/, std::uint32_t /*granted*/, bool /*more*/) override {}
    void on_backlog_full(std::uint32_t /*partition*/, const endpoint_ptr& /*endpoint*/,
                         const event_ptr& /*event*/) override {}
    void on_health(std::uint32_t /*partition*/,
                   const std::vector<std::pair<std::string, std::string>>& /*saved*/) override {}
    void on_ready(std::uint32_t /*partition*/, const std::string& /*queue_name*/) override {}
    void on_lost(std::uint32_t /*partition*/) override {}
};

/// All partitions are ours, by the token "T".
class own_leases final : public queue::lease_port {
 public:
    std::string_view token(std::uint32_t /*partition*/) const noexcept override { return "T"; }
    std::string_view settle_token(std::uint32_t /*partition*/) const noexcept override { return "T"; }
    void on_fenced(std::uint32_t /*partition*/) override {}
};

/// The machine's clocks, and as much on top as a test wants.
class shifted_clock final : public time_source {
 public:
    milliseconds shift{0};
    wall_time wall_now() const noexcept override { return system_time().wall_now() + shift; }
    monotonic_time monotonic_now() const noexcept override { return system_time().monotonic_now() + shift; }
    boot_clock::time_point boot_now() const noexcept override { return system_time().boot_now() + shift; }
};

/// A store with dead letters, and runners over it.
class letters_story : public jobs_story {
 protected:
    void SetUp() override;
    void TearDown() override;

    static constexpr const char* tenant = "default";
    static std::string queue_of(const std::string& endpoint) { return std::string(tenant) + '.' + endpoint; }
    /// Stores events and waits until each is where it goes: dead, in flight, or in its queue.
    void store_events(const std::string& endpoint, int from, int to, const std::string& type = "test.event");
    /// So many are dead now.
    std::uint64_t dead(const std::string& endpoint);
    queue::inspection::overview overview(const std::string& endpoint);
    /// The names of all letters, a few at a time.
    std::vector<std::string> walk(const queue::dead_letter_filter& filter);

    /// A daemon's part of the jobs: a store of jobs and a runner.
    struct daemon {
        std::unique_ptr<job_store> jobs;
        std::unique_ptr<job_runner> runner;
    };
    daemon make_daemon();
    void stop(daemon& ended);
    boost::asio::awaitable<std::optional<bool>> tell_stored();
    /// Waits until a runner has looked at an endpoint, and then again: what it saw first is dealt with.
    void wait_for_looks(daemon& runs);
    /// Waits until the job ended.
    job ended(const std::string& id);

    const queue::keys names_{"test", 4};
    metrics::registry metrics_;
    own_leases leases_;
    burying_dispatch dispatch_;
    std::unique_ptr<queue::store> store_;
    std::unique_ptr<queue::inspection> inspection_;
    std::unique_ptr<queue::belongings> belongings_;
    shifted_clock clock_;  ///< of the runners
    std::uint64_t max_queued_ = 0;
    bool is_gone_ = false;  ///< every endpoint, as the runners see it
    std::optional<bool> is_stored_ = false;
    int looks_ = 0;  ///< of runners at an endpoint: whether it is known, and whether it is stored
    bool exclusive_ = false;
    std::vector<queue::inspection::death> reported_;
    std::multiset<std::string> woken_;
};

}  // namespace postrider::dead_letter
