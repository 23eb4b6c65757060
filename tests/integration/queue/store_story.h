#pragma once

#include "redis_link.h"

#include <postrider/metrics/registry.h>
#include <postrider/queue/ownership.h>
#include <postrider/queue/store.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace postrider::queue {

/// The machine's clocks, and as much on top as a test wants.
class shifted_clock final : public time_source {
 public:
    milliseconds shift{0};
    wall_time wall_now() const noexcept override { return system_time().wall_now() + shift; }
    monotonic_time monotonic_now() const noexcept override { return system_time().monotonic_now() + shift; }
    boot_clock::time_point boot_now() const noexcept override { return system_time().boot_now() + shift; }
};

/// A dispatcher that remembers what it was told, and does nothing by itself unless `on_delivery` says so.
class told_dispatcher final : public dispatch_port {
 public:
    int slots = 0;                              ///< that `reserve` may give
    int refusals = 0;                           ///< of `reserve`, before it gives slots
    std::vector<claim> wishes;                  ///< for the next `collect_claims`
    std::function<void(delivery)> on_delivery;  ///< instead of `claimed`
    bool claims_all_ready = false;              ///< asks for whatever is ready, `slots` at most
    store* claims_from = nullptr;

    std::vector<delivery> claimed;
    std::vector<std::string> not_claimed;
    std::vector<std::string> ready;
    std::vector<std::uint32_t> lost;
    struct ended_claim {
        std::string queue_name;
        std::uint32_t granted;
        bool more;
        bool operator==(const ended_claim&) const = default;
    };
    std::vector<ended_claim> ended;
    std::vector<std::pair<std::string, std::string>> backlog_full;  ///< endpoint, event
    std::map<std::uint32_t, std::vector<std::pair<std::string, std::string>>> health;

    bool reserve(std::uint32_t partition, const endpoint_ptr& endpoint) override;
    void on_not_claimed(const std::string& queue_name) override;
    void on_claimed(delivery delivery) override;
    void collect_claims(std::vector<claim>& claims, std::size_t most) override;
    void on_claim_ended(const claim& claim, std::uint32_t granted, bool more) override;
    void on_ready(std::uint32_t partition, const std::string& queue_name) override;
    void on_backlog_full(std::uint32_t, const endpoint_ptr& endpoint, const event_ptr& event) override {
        backlog_full.emplace_back(endpoint->id, event->id);
    }
    void on_health(std::uint32_t partition,
                   const std::vector<std::pair<std::string, std::string>>& saved) override {
        health[partition] = saved;
    }
    void on_lost(std::uint32_t partition) override { lost.push_back(partition); }
    /// A delivery was settled: its slot is free.
    void free_slot();

 private:
    void want(std::uint32_t partition, const std::string& queue_name);
    std::map<std::string, std::uint32_t> working_;
};

/// All partitions are ours, by the token "T", as long as a test likes.
class told_leases final : public lease_port {
 public:
    bool may_begin = true;
    bool ours = true;
    std::vector<std::uint32_t> fenced;
    std::function<void(std::uint32_t)> when_fenced;
    std::string_view token(std::uint32_t) const noexcept override { return may_begin && ours ? "T" : ""; }
    std::string_view settle_token(std::uint32_t) const noexcept override { return ours ? "T" : ""; }
    void on_fenced(std::uint32_t partition) override {
        fenced.push_back(partition);
        if (when_fenced) when_fenced(partition);
    }
};

/// One executor on the test's thread and a Redis of the suite's, emptied for each story.
class queue_story : public ::testing::Test {
 public:
    static void SetUpTestSuite() { server_ = std::make_unique<testing::redis_server>(); }
    static void TearDownTestSuite() { server_.reset(); }

 protected:
    static testing::redis_server& server() { return *server_; }
    /// A connection of its own, for a look from outside.
    static redis_link look() { return redis_link(server()); }
    void SetUp() override { look()("FLUSHALL"); }

    /// Runs the executor until it is so; a minute without it fails the test.
    void until(const std::function<bool()>& so);
    /// Runs one coroutine to its end.
    void run(boost::asio::awaitable<void> work);
    std::unique_ptr<redis::client> connect(const testing::redis_server& server);
    void disconnect(std::unique_ptr<redis::client>& client);

    static endpoint_ptr endpoint_named(const std::string& id);
    static new_event event_for(const std::string& id, const std::vector<std::string>& endpoints,
                               const std::string& hash = "");
    static std::function<void(enqueue_answer)> into(std::optional<enqueue_answer>& answer) {
        return [&answer](enqueue_answer given) { answer = given; };
    }

    boost::asio::io_context context_{1};
    no_names resolver_;
    metrics::registry metrics_;
    shifted_clock clock_;
    const keys names_{"test", 4};

 private:
    static inline std::unique_ptr<testing::redis_server> server_;
};

/// A store alone, over leases that are told.
class store_story : public queue_story {
 protected:
    void SetUp() override;
    void TearDown() override;
    void enqueue(const std::string& id, const std::vector<std::string>& endpoints,
                 const std::string& hash = "");
    std::uint32_t partition_of(const std::string& endpoint) {
        return names_.partition_of("default." + endpoint);
    }
    void wish(const std::string& endpoint, std::uint32_t count);

    told_leases leases_;
    told_dispatcher dispatch_;
    std::unique_ptr<redis::client> client_;
    std::unique_ptr<store> store_;
    std::unique_ptr<redis_link> outside_;
    std::vector<std::pair<std::string, enqueue_answer>> answers_;
};

}  // namespace postrider::queue
