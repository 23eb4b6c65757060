#include "intake_router.h"

#include "spread_intake.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {
/// What is not confirmed by then is answered 503, which CONTRACT promises within a second.
constexpr milliseconds patience{900};
}  // namespace

/// The answers that one request waits for. Outlives the request: late answers find it closed.
struct intake_router::question {
    question(const asio::any_io_executor& executor, std::size_t count)
        : timer(executor, patience), answers(count), open(count) {}

    void settle(std::size_t index, queue::enqueue_answer answer) {
        if (closed) return;
        answers[index] = std::move(answer);
        if (--open == 0) timer.cancel();
    }

    std::vector<queue::enqueue_answer> close() {
        closed = true;
        return std::move(answers);
    }

    asio::steady_timer timer;
    std::vector<queue::enqueue_answer> answers;
    std::size_t open;
    bool closed = false;
};

std::size_t intake_router::shard_for(const queue::new_event& event) const {
    const std::size_t home = home_.index();
    if (event.endpoints.empty() || peers_.size() == 1) return home;
    const auto owner_of = [this](const endpoint_ptr& endpoint) {
        return keys_.partition_of(endpoint->queue_name()) % peers_.size();
    };
    const std::size_t owner = owner_of(event.endpoints.front());
    for (const auto& endpoint : event.endpoints) {
        if (owner_of(endpoint) != owner) return home;
    }
    return owner;
}

void intake_router::hand_over(std::size_t shard, std::vector<std::pair<std::size_t, queue::new_event>> events,
                              const std::shared_ptr<question>& pending) {
    queue::store* const store = peers_[shard].store;
    runtime::shard* const home = &home_;
    auto carried = std::make_shared<std::vector<std::pair<std::size_t, queue::new_event>>>(std::move(events));
    peers_[shard].shard->post([carried, store, home, pending] {
        for (auto& [index, event] : *carried) {
            store->enqueue(std::move(event), [home, pending, at = index](queue::enqueue_answer answer) {
                home->post([pending, at, answer] { pending->settle(at, answer); });
            });
        }
    });
}

/// Each part is written by the shard that has its partition, and answered here.
void intake_router::spread(queue::new_event event, std::size_t index,
                           const std::shared_ptr<question>& pending) {
    const auto write = [this](std::uint32_t partition, queue::new_event part, spread_intake::answered done) {
        const peer& owner = peers_[partition % peers_.size()];
        auto carried = std::make_shared<queue::new_event>(std::move(part));
        owner.shard->post([carried, store = owner.store, home = &home_, done = std::move(done)]() mutable {
            store->enqueue(std::move(*carried), [home, done = std::move(done)](queue::enqueue_answer answer) {
                home->post([done, answer = std::move(answer)] { done(answer); });
            });
        });
    };
    const spread_intake intake{write, find_, keys_};
    intake.store(std::move(event), [pending, index](queue::enqueue_answer answer) {
        pending->settle(index, std::move(answer));
    });
}

asio::awaitable<std::vector<queue::enqueue_answer>> intake_router::enqueue(
    std::vector<queue::new_event> events) {
    auto pending = std::make_shared<question>(home_.executor(), events.size());
    std::vector<std::vector<std::pair<std::size_t, queue::new_event>>> elsewhere;  // for each shard
    for (std::size_t index = 0; index < events.size(); ++index) {
        if (split_) {
            spread(std::move(events[index]), index, pending);
            continue;
        }
        const std::size_t shard = shard_for(events[index]);
        if (shard != home_.index()) {
            elsewhere.resize(peers_.size());
            elsewhere[shard].emplace_back(index, std::move(events[index]));
            continue;
        }
        peers_[shard].store->enqueue(
            std::move(events[index]),
            [pending, index](queue::enqueue_answer answer) { pending->settle(index, answer); });
    }
    for (std::size_t shard = 0; shard < elsewhere.size(); ++shard) {
        if (!elsewhere[shard].empty()) hand_over(shard, std::move(elsewhere[shard]), pending);
    }
    // `done` never runs before `enqueue` returns, so the last answer cannot be missed here.
    if (pending->open > 0) co_await pending->timer.async_wait(asio::as_tuple(asio::deferred));
    co_return pending->close();
}

}  // namespace postrider::daemon
