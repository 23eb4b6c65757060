#pragma once

#include <postrider/admin/service.h>
#include <postrider/queue/membership.h>
#include <postrider/redis/client.h>
#include <postrider/runtime/shard.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace postrider::daemon {

/// What a shard asks of the rest of the daemon. Each may be called on any thread, and calls `answer`, if it
/// has one, on any.
struct requests {
    std::function<void(catalog::change who, std::function<void(std::vector<config::fault>)> answer)> reload;
    std::function<void(catalog::key_uses)> count_keys;  ///< what each key has sealed
    std::function<void(std::function<void(std::string fault)> answer)> refresh;
    std::function<void(std::string queue_name, std::string event_type,
                       std::function<void(std::optional<std::string>)> answer)>
        send_test;
    std::function<void(std::function<void(admin::daemon_facts)> answer)> facts;
    std::function<void(std::function<void(std::string)> answer)> metrics_page;
    std::function<void(std::uint32_t partition, std::string queue_name)> wake;
    std::function<void()> wake_jobs;
    std::function<void(queue::membership_view_ptr)> share;  ///< the members changed
    std::function<void()> look_for_free;                    ///< partitions were released
    /// Another daemon put work into a queue that may be ours.
    std::function<void(std::uint32_t partition, std::string queue_name)> wake_if_owned;
    /// A name was looked up for a connection to the store.
    std::function<void(std::string name, std::vector<ip_address> addresses)> store_name_resolved;
};

/// What the admin routes of one shard ask of the daemon. Lives on the shard's executor.
class shard_operations final : public admin::operations {
 public:
    shard_operations(runtime::shard& shard, redis::client& client, const queue::keys& keys,
                     const requests& daemon)
        : shard_(shard), client_(client), keys_(keys), daemon_(daemon) {}

    /// Why the daemon is not ready, as the main thread knows it; empty when it is.
    void set_fault(std::string fault) { fault_ = std::move(fault); }

    void set_warnings(std::vector<std::string> warnings) { warnings_ = std::move(warnings); }

    [[nodiscard]] boost::asio::awaitable<std::string> readiness() override;
    [[nodiscard]] std::vector<std::string> warnings() const override { return warnings_; }
    [[nodiscard]] boost::asio::awaitable<std::vector<config::fault>> reload(catalog::change who) override;
    [[nodiscard]] boost::asio::awaitable<std::string> refresh() override;
    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> send_test(
        std::string queue_name, std::string event_type) override;
    void wake(std::string queue_name) override;
    void wake_jobs() override { daemon_.wake_jobs(); }
    [[nodiscard]] boost::asio::awaitable<admin::daemon_facts> facts() override;
    [[nodiscard]] boost::asio::awaitable<std::string> metrics_page() override;

 private:
    runtime::shard& shard_;
    redis::client& client_;
    const queue::keys& keys_;
    const requests& daemon_;
    std::string fault_ = "starting";
    std::vector<std::string> warnings_;
};

}  // namespace postrider::daemon
