#include "connect.h"
#include "session.h"
#include "waiting_call.h"

#include <postrider/log/log.h>
#include <postrider/log/once_per_second.h>
#include <postrider/redis/client.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace postrider::redis {

namespace asio = boost::asio;

struct client::impl : std::enable_shared_from_this<impl> {
    impl(asio::any_io_executor on, net::resolver& resolver, std::unique_ptr<locator> asked,
         client_settings wanted, std::vector<command> first, const time_source& clock)
        : executor(std::move(on)),
          settings(std::move(wanted)),
          preamble(std::move(first)),
          time(clock),
          finder(std::move(asked)),
          connecting(executor, resolver, settings.max_reply_bytes, clock),
          changed(executor),
          session_over(executor),
          where(settings.where) {}

    const asio::any_io_executor executor;
    const client_settings settings;
    const std::vector<command> preamble;
    const time_source& time;
    const std::unique_ptr<locator> finder;
    connector connecting;
    runtime::signal changed;       // connected, not connected, lost, stopping or ended
    runtime::signal session_over;  // or its recheck is
    location where;                // of the present or latest attempt
    std::shared_ptr<session> present;
    std::uint64_t generation = 0;
    std::function<void(bool)> on_change;
    std::function<void(std::string_view)> on_message;
    std::string last_error;
    log::once_per_second failure_lines;
    log::once_per_second change_lines;
    bool rechecking = false;
    bool running = false;
    bool stopping = false;

    void start();
    void begin_stop();
    asio::awaitable<void> run();
    [[nodiscard]] bool connected() const noexcept {
        return present != nullptr && !present->is_leaving() && !stopping;
    }
    asio::awaitable<void> connect_and_serve();
    asio::awaitable<void> serve(std::shared_ptr<session> fresh);
    void begin_recheck();
    asio::awaitable<void> recheck(std::shared_ptr<session> watched);
    void note_failure(std::string reason);
    void announce(bool connected, const std::string& reason);
    void submit(const command& command, std::uint64_t wanted_generation, pending_call_ptr call);
};

void client::impl::start() {
    if (running || stopping) return;
    running = true;
    runtime::spawn(executor, "redis client", run(), [self = shared_from_this()] {
        self->running = false;
        self->changed.notify_all();
    });
}

void client::impl::begin_stop() {
    stopping = true;
    finder->cancel();
    connecting.cancel();
    if (present) present->close();
    changed.notify_all();
}

asio::awaitable<void> client::impl::run() {
    const auto held = shared_from_this();
    milliseconds pause = settings.first_backoff;
    while (!stopping) {
        const monotonic_time began = time.monotonic_now();
        co_await connect_and_serve();
        // A connection that held for a while is no reason to be slow now; one that was lost at once is.
        if (last_error.empty() && time.monotonic_now() - began > settings.max_backoff)
            pause = settings.first_backoff;
        if (stopping) break;
        co_await changed.wait_for(pause);
        pause = std::min(pause * 2, settings.max_backoff);
    }
}

asio::awaitable<void> client::impl::connect_and_serve() {
    auto located = co_await finder->locate();
    if (!located) {
        note_failure(std::move(located.error()));
        co_return;
    }
    if (stopping) co_return;
    where = std::move(*located);
    auto words = greeting_for_use(where, settings.name, finder->wants_master(), preamble);
    auto connected = co_await connecting.connect(where, std::move(words), settings.connect_timeout);
    if (!connected) {
        finder->note_unreachable();
        note_failure(std::move(connected.error()));
        co_return;
    }
    if (stopping) {
        (*connected)->close();
        co_return;
    }
    last_error.clear();
    co_await serve(std::move(*connected));
}

asio::awaitable<void> client::impl::serve(std::shared_ptr<session> fresh) {
    if (finder->may_move()) fresh->end_when_moved();
    if (on_message) fresh->on_message(on_message);
    present = fresh;
    ++generation;
    announce(true, {});
    begin_recheck();
    const std::string reason = co_await fresh->run(settings.reply_timeout);
    present = nullptr;
    if (fresh->moved().empty())
        finder->note_unreachable();
    else
        finder->note_moved(fresh->moved());
    // First the calls, so that whoever hears of the loss finds them settled.
    fresh->fail_all();
    announce(false, reason);
    if (rechecking) finder->cancel();
    session_over.notify_all();
    while (rechecking)
        co_await session_over.wait();
}

void client::impl::begin_recheck() {
    if (finder->recheck_every() == milliseconds::zero()) return;
    rechecking = true;
    runtime::spawn(executor, "redis recheck", recheck(present), [self = shared_from_this()] {
        self->rechecking = false;
        self->session_over.notify_all();
    });
}

asio::awaitable<void> client::impl::recheck(std::shared_ptr<session> watched) {
    const auto held = shared_from_this();
    while (present == watched) {
        (void)co_await session_over.wait_for(finder->recheck_every());
        if (present != watched) break;
        const bool still_there = co_await finder->still_there();
        if (present != watched) break;
        if (!watched->moved().empty())
            watched->leave(watched->moved());
        else if (!still_there)
            watched->leave("the Sentinels name another master");
    }
}

void client::impl::note_failure(std::string reason) {
    last_error = std::move(reason);
    if (!stopping && failure_lines.allow(time.monotonic_now()))
        log::warning("cannot connect to redis", {{"error", last_error}});
    changed.notify_all();
}

void client::impl::announce(bool connected, const std::string& reason) {
    if (!stopping && change_lines.allow(time.monotonic_now())) {
        const std::string server = where.display();
        if (connected)
            log::info("connected to redis", {{"redis", server}, {"generation", generation}});
        else
            log::warning("lost the connection to redis", {{"redis", server}, {"reason", reason}});
    }
    changed.notify_all();
    if (on_change) on_change(connected);
}

void client::impl::submit(const command& command, std::uint64_t wanted_generation, pending_call_ptr call) {
    if (present && wanted_generation == generation && !stopping && present->enqueue(command, call)) return;
    asio::post(executor,
               [call = std::move(call)] { call->finish(unexpected<call_error>(call_error::not_sent)); });
}

client::client(const asio::any_io_executor& executor, net::resolver& resolver, client_settings settings,
               std::vector<command> preamble, const time_source& time)
    : client(executor, resolver, make_fixed_locator(settings.where), settings, std::move(preamble), time) {}

client::client(const asio::any_io_executor& executor, net::resolver& resolver,
               std::unique_ptr<locator> finder, client_settings settings, std::vector<command> preamble,
               const time_source& time)
    : impl_(std::make_shared<impl>(executor, resolver, std::move(finder), std::move(settings),
                                   std::move(preamble), time)) {}

client::~client() {
    impl_->on_change = nullptr;
    impl_->on_message = nullptr;
    impl_->begin_stop();
}

void client::start() {
    impl_->start();
}

namespace {

/// What `call` does once its awaitable begins.
struct submission {
    template <typename Handler, typename State>
    void operator()(Handler handler, const std::shared_ptr<State>& state, const command& command,
                    std::uint64_t generation) const {
        state->submit(command, generation,
                      std::make_unique<waiting_coroutine<Handler>>(state->executor, std::move(handler)));
    }
};

}  // namespace

asio::awaitable<call_result> client::call(command command) {
    return call(std::move(command), impl_->generation);
}

asio::awaitable<call_result> client::call(command command, std::uint64_t generation) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(call_result)>(
        submission(), asio::use_awaitable, impl_, std::move(command), generation);
}

void client::call(command command, std::uint64_t generation, std::function<void(call_result)> done) {
    impl_->submit(command, generation, std::make_unique<waiting_function>(std::move(done)));
}

bool client::connected() const noexcept {
    return impl_->connected();
}

std::uint64_t client::generation() const noexcept {
    return impl_->generation;
}

void client::leave(std::string reason) {
    if (impl_->present) impl_->present->leave(std::move(reason));
}

void client::on_change(std::function<void(bool)> callback) {
    impl_->on_change = std::move(callback);
}

const location& client::where() const noexcept {
    return impl_->where;
}

void client::on_message(std::function<void(std::string_view)> callback) {
    impl_->on_message = std::move(callback);
}

const std::string& client::last_error() const noexcept {
    return impl_->last_error;
}

milliseconds client::silent_for() const noexcept {
    return impl_->present ? impl_->present->silent_for() : milliseconds::zero();
}

namespace {

template <typename State>
asio::awaitable<void> stop_and_wait(std::shared_ptr<State> state) {
    state->begin_stop();
    while (state->running)
        co_await state->changed.wait();
}

template <typename State>
asio::awaitable<bool> wait_for_connection(std::shared_ptr<State> state, std::uint64_t above_generation) {
    while (!state->stopping) {
        if (state->connected() && state->generation > above_generation) co_return true;
        co_await state->changed.wait();
    }
    co_return false;
}

template <typename State>
asio::awaitable<void> wait_for_first_attempt(std::shared_ptr<State> state) {
    while (state->running && !state->stopping && state->generation == 0 && state->last_error.empty())
        co_await state->changed.wait();
}

}  // namespace

asio::awaitable<void> client::stop() {
    return stop_and_wait(impl_);
}

asio::awaitable<bool> client::wait_connected(std::uint64_t above_generation) {
    return wait_for_connection(impl_, above_generation);
}

asio::awaitable<void> client::wait_first_attempt() {
    return wait_for_first_attempt(impl_);
}

}  // namespace postrider::redis
