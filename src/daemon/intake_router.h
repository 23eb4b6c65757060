#pragma once

#include <postrider/queue/intake_port.h>
#include <postrider/queue/keys.h>
#include <postrider/queue/store.h>
#include <postrider/runtime/gathered.h>
#include <postrider/runtime/shard.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::daemon {

/// Carries events from the shard that took them in to the shard whose store shall write them: the one that
/// owns all their endpoints, so that it can put them straight in flight; where there is no such one, the
/// shard itself writes. One for each shard; used on its executor.
class intake_router final : public queue::intake_port {
 public:
    struct peer {
        runtime::shard* shard;
        queue::store* store;
    };
    using finder = std::function<endpoint_ptr(const std::string& queue_name)>;
    /// `split`: on a Cluster, where an event is written partition by partition. `find` tells the endpoints of
    /// the present configuration.
    intake_router(runtime::shard& home, const queue::keys& keys, bool split, finder find);
    ~intake_router() override;
    intake_router(const intake_router&) = delete;
    intake_router& operator=(const intake_router&) = delete;

    /// All shards in the order of their index, before any of them starts.
    void connect(std::vector<peer> peers);

    [[nodiscard]] boost::asio::awaitable<std::vector<queue::enqueue_answer>> enqueue(
        std::vector<queue::new_event> events) override;

 private:
    struct question;
    struct handed_over;
    struct settled;
    struct waiting_room;
    class waiter;
    [[nodiscard]] static auto wait_for(question& pending);
    [[nodiscard]] std::size_t shard_for(const queue::new_event& event) const;
    void spread(queue::new_event event, std::size_t index, const std::shared_ptr<question>& pending);
    void hand_over(std::size_t shard, queue::new_event event, std::size_t index,
                   std::shared_ptr<question> pending);
    /// On the owner's executor.
    static void write_at(const peer& owner, runtime::shard& home, std::vector<handed_over> all);

    runtime::shard& home_;
    const queue::keys& keys_;
    bool split_;
    finder find_;
    std::shared_ptr<waiting_room> room_;
    std::vector<peer> peers_;
    std::vector<runtime::gathered<handed_over>> leaving_;  ///< for each shard, in this turn
};

}  // namespace postrider::daemon
