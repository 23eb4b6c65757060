#include "member_list.h"
#include "script_call.h"
#include "spreading.h"

#include <postrider/log/log.h>
#include <postrider/log/once_per_second.h>
#include <postrider/queue/membership.h>
#include <postrider/queue/work_notes.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <algorithm>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

constexpr milliseconds until_next_beat{50};
constexpr milliseconds between_pings{1000};  ///< of the subscriber, or a dead connection would never show
constexpr milliseconds stop_takes_at_most{2000};  ///< waiting for a call that Redis does not answer

/// What is told on the members' channel.
constexpr std::string_view members_changed = "m";
constexpr std::string_view partitions_freed = "f";

}  // namespace

struct membership::impl : std::enable_shared_from_this<membership::impl> {
    impl(const asio::any_io_executor& on, redis::client& redis, redis::client& listening,
         const queue::keys& names, metrics::registry& metrics, const time_source& clock, settings wanted,
         listener told)
        : executor(on),
          client(redis),
          subscriber(listening),
          keys(names),
          scripts(script_surroundings{redis, metrics, clock}),
          self(std::move(wanted.self)),
          exclusive(wanted.exclusive),
          list(self.id, wanted.lease, wanted.exclusive, clock),
          between_beats(std::max(wanted.lease / 5, milliseconds(1))),
          listening_to(std::move(told)),
          wake(on),
          ended(on) {}

    const asio::any_io_executor executor;
    redis::client& client;
    redis::client& subscriber;
    const queue::keys& keys;
    const script_surroundings scripts;
    member self;
    const bool exclusive;
    member_list list;
    const milliseconds between_beats;
    listener listening_to;
    runtime::signal wake;       // a beat is wanted now
    runtime::signal ended;      // leaving, or one of the coroutines ended
    std::vector<member> shown;  ///< as they were last told, but for their beats
    log::once_per_second refusal_lines;
    bool told_once = false;
    bool announced = false;  ///< the others were told that we are there
    bool asked = false;
    bool leaving = false;
    int running = 0;

    void start(std::string_view name, asio::awaitable<void> work);
    void ask();
    void on_message(std::string_view payload);
    void publish_change();
    void show();
    void show_alone();
    asio::awaitable<void> keep(std::shared_ptr<impl> held);
    asio::awaitable<bool> beat();
    asio::awaitable<bool> exchange(std::string record);
    asio::awaitable<void> subscribe(std::shared_ptr<impl> held);
    asio::awaitable<void> listen();
    asio::awaitable<void> wait_ended(std::shared_ptr<impl> held);
};

void membership::impl::start(std::string_view name, asio::awaitable<void> work) {
    ++running;
    runtime::spawn(executor, name, std::move(work), [held = shared_from_this()] {
        --held->running;
        held->ended.notify_all();
    });
}

void membership::impl::ask() {
    asked = true;
    wake.notify_all();
}

void membership::impl::on_message(std::string_view payload) {
    if (leaving) return;
    if (payload == members_changed) return ask();
    if (payload == partitions_freed) return listening_to.on_free();
    for (auto& [partition, queue_name] : decode_work(payload, keys.partitions()))
        listening_to.on_work(partition, std::move(queue_name));
}

void membership::impl::publish_change() {
    client.call(redis::command("PUBLISH", keys.members_channel(), members_changed), client.generation(),
                [](const redis::call_result&) {});
}

/// Tells what is known now, if it is something else than before.
void membership::impl::show() {
    auto now = list.live();
    if (leaving) std::erase_if(now, [this](const member& one) { return one.id == self.id; });
    for (member& one : now)
        one.beat = 0;
    if (told_once && now == shown) return;
    auto view = std::make_shared<membership_view>();
    std::vector<spread_member> spread;
    for (const member& one : now)
        spread.push_back({one.id, one.shards});
    view->share_of = spread_partitions(keys.partitions(), spread);
    view->members = now;
    view->self = self.id;
    const std::size_t before = shown.size();
    shown = std::move(now);
    told_once = true;
    if (before != shown.size()) log::info("members", {{"members", shown.size()}, {"before", before}});
    listening_to.on_view(std::move(view));
}

/// Who is known to be alone has all, and need not ask first.
void membership::impl::show_alone() {
    list.note_read({{self.id, encode_member(self)}});
    show();
}

asio::awaitable<void> membership::impl::keep(std::shared_ptr<impl> held) {
    while (!held->leaving) {
        asked = false;
        const bool done = co_await beat();
        if (leaving) break;
        if (done && !announced) {
            announced = true;
            publish_change();
        }
        if (!asked) co_await wake.wait_for(done ? between_beats : until_next_beat);
    }
    if (client.connected()) {
        const bool left = co_await exchange({});
        if (left) publish_change();
    }
}

asio::awaitable<bool> membership::impl::beat() {
    if (!client.connected()) co_return false;
    ++self.beat;
    const bool done = co_await exchange(encode_member(self));
    if (done && !leaving) show();
    co_return done;
}

/// Writes the own record, or takes it away when it is empty, and reads all.
asio::awaitable<bool> membership::impl::exchange(std::string record) {
    const auto gone = list.gone();
    command_composer composer = [this, &record, &gone](const script_form& form) {
        redis::command command(form.verb, form.script, 1, keys.members(), self.id, record);
        for (const auto& [id, seen] : gone) {
            command.add(id);
            command.add(seen);
        }
        return command;
    };
    const auto result = co_await run_script(scripts, script::beat, client.generation(), std::move(composer));
    if (!result) co_return false;
    if (result->is_error()) {
        if (refusal_lines.allow(scripts.time.monotonic_now()))
            log::warning("redis refused a call", {{"script", "beat"}, {"error", result->text()}});
        co_return false;
    }
    for (const auto& [id, seen] : gone)
        log::warning("a member is gone", {{"id", id}});
    member_list::records read;
    for (std::size_t index = 0; index + 1 < result->size(); index += 2)
        read.emplace_back((*result)[index].text(), (*result)[index + 1].text());
    list.note_read(read);
    co_return true;
}

asio::awaitable<void> membership::impl::subscribe(std::shared_ptr<impl> held) {
    std::uint64_t seen = 0;
    while (!held->leaving) {
        const bool connected = co_await subscriber.wait_connected(seen);
        if (!connected || leaving) co_return;
        seen = subscriber.generation();
        co_await listen();
    }
}

/// On one connection, until it or the membership ends. What was told while there was none is caught up with.
asio::awaitable<void> membership::impl::listen() {
    const std::uint64_t generation = subscriber.generation();
    const std::vector<std::string> channels{keys.members_channel(), keys.work_channel(self.id)};
    for (const std::string& channel : channels) {
        redis::command command("SUBSCRIBE", channel);
        const auto result = co_await subscriber.call(std::move(command), generation);
        if (result && result->is_error())
            log::warning("redis refused a subscription", {{"channel", channel}, {"error", result->text()}});
    }
    ask();
    if (!leaving) listening_to.on_free();
    while (!leaving && subscriber.connected() && subscriber.generation() == generation) {
        co_await ended.wait_for(between_pings);
        if (leaving) co_return;
        // A node that was taken out of its Cluster keeps its connections, and hears nothing any more. This
        // one carries no command that would tell; the other one beats.
        if (client.connected() && client.where() != subscriber.where()) {
            subscriber.leave("the members' hash is at another server");
            co_return;
        }
        redis::command ping("PING");
        const auto answered = co_await subscriber.call(std::move(ping), generation);
        if (!answered) co_return;
    }
}

asio::awaitable<void> membership::impl::wait_ended(std::shared_ptr<impl> held) {
    const monotonic_time end = held->scripts.time.monotonic_now() + stop_takes_at_most;
    while (running > 0) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - scripts.time.monotonic_now());
        if (left.count() <= 0) co_return;
        co_await ended.wait_for(left);
    }
}

membership::membership(const asio::any_io_executor& executor, redis::client& client,
                       redis::client& subscriber, const keys& keys, metrics::registry& metrics,
                       const time_source& time, settings settings, listener listener)
    : impl_(std::make_shared<impl>(executor, client, subscriber, keys, metrics, time, std::move(settings),
                                   std::move(listener))) {
    subscriber.on_message([held = std::weak_ptr<impl>(impl_)](std::string_view payload) {
        if (const auto at = held.lock()) at->on_message(payload);
    });
}

membership::~membership() {
    impl_->leaving = true;
}

void membership::start() {
    impl_->subscriber.start();
    if (impl_->exclusive) impl_->show_alone();
    impl_->start("membership", impl_->keep(impl_));
    impl_->start("member channel", impl_->subscribe(impl_));
}

void membership::leave() {
    if (std::exchange(impl_->leaving, true)) return;
    if (impl_->told_once) impl_->show();
    impl_->wake.notify_all();
    impl_->ended.notify_all();
}

namespace {

template <typename State>
asio::awaitable<void> stop_with(std::shared_ptr<State> state) {
    co_await state->subscriber.stop();
    co_await state->wait_ended(state);
}

}  // namespace

asio::awaitable<void> membership::stop() {
    return stop_with(impl_);
}

void membership::set_config_hash(std::string hash) {
    if (impl_->self.config_hash == hash) return;
    impl_->self.config_hash = std::move(hash);
    impl_->announced = false;
    impl_->ask();
}

void membership::set_sealing_key(std::string id) {
    if (impl_->self.sealing_key == id) return;
    impl_->self.sealing_key = std::move(id);
    impl_->announced = false;
    impl_->ask();
}

}  // namespace postrider::queue
