#pragma once

#include <postrider/admin/service.h>
#include <postrider/redis/client.h>
#include <postrider/runtime/shard.h>

#include <functional>
#include <string>
#include <vector>

namespace postrider::daemon {

/// What the admin routes of one shard ask of the daemon. Lives on the shard's executor.
class shard_operations final : public admin::operations {
 public:
    using answer = std::function<void(std::vector<config::fault>)>;
    /// Reloads on the main thread; may be called from any, and calls `answer` from the main thread.
    using reload_request = std::function<void(answer)>;

    shard_operations(runtime::shard& shard, redis::client& client, reload_request request)
        : shard_(shard), client_(client), request_(std::move(request)) {}

    /// Why the daemon is not ready, as the main thread knows it; empty when it is.
    void set_fault(std::string fault) { fault_ = std::move(fault); }

    [[nodiscard]] boost::asio::awaitable<std::string> readiness() override;
    [[nodiscard]] boost::asio::awaitable<std::vector<config::fault>> reload() override;

 private:
    runtime::shard& shard_;
    redis::client& client_;
    reload_request request_;
    std::string fault_ = "starting";
};

}  // namespace postrider::daemon
