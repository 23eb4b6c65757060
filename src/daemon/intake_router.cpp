#include "intake_router.h"

#include "spread_intake.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {
/// What is not confirmed by then is answered 503, which CONTRACT promises within a second.
constexpr milliseconds patience{900};
}  // namespace

/// A coroutine that waits; goes on once.
class intake_router::waiter {
 public:
    waiter() = default;
    virtual ~waiter() = default;
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    virtual void go_on() = 0;
};

/// The answers that one request waits for. Outlives the request: late answers find it closed.
struct intake_router::question
    : std::enable_shared_from_this<question>,
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    question(std::shared_ptr<waiting_room> in, std::size_t count)
        : room(std::move(in)), answers(count), open(count) {}

    void settle(std::size_t index, queue::enqueue_answer answer);

    std::vector<queue::enqueue_answer> close() {
        closed = true;
        return std::move(answers);
    }

    const std::shared_ptr<waiting_room> room;
    std::vector<queue::enqueue_answer> answers;
    std::size_t open;
    bool closed = false;
    monotonic_time patience_ends;
    std::unique_ptr<waiter> who;
};

/// Who waits for answers on this shard. All have the same patience, so that who came first loses it first,
/// and one timer is enough; who is answered is told together with all others that the same reply of Redis
/// answers.
struct intake_router::waiting_room : std::enable_shared_from_this<waiting_room> {
    explicit waiting_room(const asio::any_io_executor& executor) : timer(executor) {}

    void enter(question& pending, std::unique_ptr<waiter> who) {
        pending.who = std::move(who);
        pending.patience_ends = std::chrono::steady_clock::now() + patience;
        unanswered.push_back(pending);
        if (!armed) arm();
    }

    void tell_soon(std::shared_ptr<question> pending) {
        pending->unlink();
        answered.push_back(std::move(pending));
        if (answered.size() == 1)
            asio::post(timer.get_executor(), [self = shared_from_this()] { self->tell_answered(); });
    }

    void tell_answered() {
        std::vector<std::shared_ptr<question>> all;
        all.swap(answered);
        for (const auto& pending : all)
            tell(*pending);
        all.clear();
        if (answered.empty()) answered.swap(all);  // its memory
    }

    static void tell(question& pending) {
        if (const auto who = std::move(pending.who)) who->go_on();
    }

    void arm() {
        armed = true;
        timer.expires_at(unanswered.front().patience_ends);
        timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error) self->on_time();
        });
    }

    void on_time() {
        armed = false;
        const auto now = std::chrono::steady_clock::now();
        while (!unanswered.empty() && unanswered.front().patience_ends <= now) {
            question& impatient = unanswered.front();
            impatient.unlink();
            tell(impatient);
        }
        if (!unanswered.empty() && !armed) arm();
    }

    /// Nobody is told any more: who waits keeps his question, and would be kept by it.
    void close() {
        timer.cancel();
        for (const auto& pending : answered)
            const auto dropped = std::move(pending->who);
        while (!unanswered.empty()) {
            const auto dropped = std::move(unanswered.front().who);
            unanswered.pop_front();
        }
    }

    asio::steady_timer timer;
    bool armed = false;
    boost::intrusive::list<question, boost::intrusive::constant_time_size<false>> unanswered;
    std::vector<std::shared_ptr<question>> answered;
};

void intake_router::question::settle(std::size_t index, queue::enqueue_answer answer) {
    if (closed) return;
    answers[index] = std::move(answer);
    if (--open == 0 && who) room->tell_soon(shared_from_this());
}

intake_router::intake_router(runtime::shard& home, const queue::keys& keys, bool split, finder find)
    : home_(home),
      keys_(keys),
      split_(split),
      find_(std::move(find)),
      room_(std::make_shared<waiting_room>(home.executor())) {}

intake_router::~intake_router() {
    room_->close();
}

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

/// On its way to the shard that writes it.
struct intake_router::handed_over {
    queue::new_event event;
    std::size_t index;
    std::shared_ptr<question> pending;
};

/// On its way back.
struct intake_router::settled {
    std::shared_ptr<question> pending;
    std::size_t index;
    queue::enqueue_answer answer;
};

void intake_router::connect(std::vector<peer> peers) {
    peers_ = std::move(peers);
    leaving_.resize(peers_.size());
}

/// What a turn of the loop has for another shard goes there together, and so do the answers of a turn: waking
/// a shard costs more than an event.
void intake_router::hand_over(std::size_t shard, queue::new_event event, std::size_t index,
                              std::shared_ptr<question> pending) {
    const auto go = [owner = peers_[shard], home = &home_](std::vector<handed_over> all) {
        const auto carried = std::make_shared<std::vector<handed_over>>(std::move(all));
        owner.shard->post([carried, owner, home] { write_at(owner, *home, std::move(*carried)); });
    };
    leaving_[shard].add(home_.executor(), {std::move(event), index, std::move(pending)}, go);
}

void intake_router::write_at(const peer& owner, runtime::shard& home, std::vector<handed_over> all) {
    const auto return_all = [&home](std::vector<settled> answers) {
        const auto carried = std::make_shared<std::vector<settled>>(std::move(answers));
        home.post([carried] {
            for (settled& one : *carried)
                one.pending->settle(one.index, std::move(one.answer));
        });
    };
    const auto returning = std::make_shared<runtime::gathered<settled>>();
    for (handed_over& one : all) {
        owner.store->enqueue(std::move(one.event), [returning, return_all, here = owner.shard,
                                                    pending = std::move(one.pending),
                                                    index = one.index](queue::enqueue_answer answer) {
            returning->add(here->executor(), {pending, index, std::move(answer)}, return_all);
        });
    }
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

/// Ends when all answers are there, or patience does.
auto intake_router::wait_for(question& pending) {
    const auto begin = [](auto handler, question* what) {
        struct suspended final : waiter {
            explicit suspended(decltype(handler) kept) : goes_on(std::move(kept)) {}
            void go_on() override { std::move(goes_on)(); }
            decltype(handler) goes_on;
        };
        what->room->enter(*what, std::make_unique<suspended>(std::move(handler)));
    };
    return asio::async_initiate<const asio::deferred_t, void()>(begin, asio::deferred, &pending);
}

asio::awaitable<std::vector<queue::enqueue_answer>> intake_router::enqueue(
    std::vector<queue::new_event> events) {
    auto pending = std::make_shared<question>(room_, events.size());
    for (std::size_t index = 0; index < events.size(); ++index) {
        if (split_) {
            spread(std::move(events[index]), index, pending);
            continue;
        }
        const std::size_t shard = shard_for(events[index]);
        if (shard != home_.index()) {
            hand_over(shard, std::move(events[index]), index, pending);
            continue;
        }
        peers_[shard].store->enqueue(
            std::move(events[index]),
            [pending, index](queue::enqueue_answer answer) { pending->settle(index, answer); });
    }
    // `done` never runs before `enqueue` returns, so the last answer cannot be missed here.
    if (pending->open > 0) co_await wait_for(*pending);
    co_return pending->close();
}

}  // namespace postrider::daemon
