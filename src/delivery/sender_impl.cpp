#include "sender_impl.h"

#include "request.h"

#include <algorithm>
#include <utility>

namespace postrider::delivery {

namespace asio = boost::asio;

namespace {

/// Closed at once where descriptors ran out: as many as a listener accepts in one go.
constexpr std::size_t room_at_once = 64;

http::response_decoder::limits decoder_limits(const sender::settings& settings) {
    http::response_decoder::limits limits;
    limits.max_body = settings.max_response_bytes;
    limits.max_kept = attempt_result::max_kept_body;
    return limits;
}

std::shared_ptr<const forward_proxy> shared(const std::optional<forward_proxy>& proxy) {
    return proxy ? std::make_shared<const forward_proxy>(*proxy) : nullptr;
}

}  // namespace

sender::impl::impl(const asio::any_io_executor& executor, net::resolver& resolver, const time_source& clock,
                   settings given, egress_rules first_rules)
    : config(std::move(given)),
      rules(std::move(first_rules)),
      proxy(shared(rules.proxy)),
      time(clock),
      pool(executor, decoder_limits(config), config.max_connections),
      tools(executor, resolver, clock, tls) {}

expected<sender::impl::runtime_ptr, std::string> sender::impl::runtime_of(const endpoint_ptr& endpoint) {
    const auto found = runtimes.find(endpoint->id);
    if (found != runtimes.end() && found->second->endpoint == endpoint) return found->second;
    auto compiled = sign::authenticator::compile(endpoint->authentications);
    if (!compiled) return unexpected<std::string>("authentication: " + compiled.error());
    if (found != runtimes.end()) retire(*found->second);
    auto made = std::make_shared<endpoint_runtime>(endpoint, std::move(*compiled),
                                                   constant_head(*endpoint, config.user_agent));
    made->last_use = time.monotonic_now();
    runtimes[endpoint->id] = made;
    return made;
}

connection_pool::lease sender::impl::take_kept(endpoint_runtime& runtime, monotonic_time now) {
    while (auto kept = pool.take_newest(runtime.idle)) {
        const bool young =
            now - kept->opened < config.max_connection_age && now - kept->idle_since < config.max_idle;
        if (young && is_allowed(runtime, *kept) && !kept->stream->looks_dead()) return kept;
    }
    return {};
}

/// A connection that was made under older rules is judged again.
bool sender::impl::is_allowed(endpoint_runtime& runtime, connection& kept) {
    update_rules(runtime);
    if (kept.via != proxy) return false;
    if (kept.judged_under == runtime.rules_generation) return true;
    if (!kept.peer) return false;
    kept.judged_under = runtime.rules_generation;
    return guard::judge(*kept.peer, runtime.endpoint->url.port, runtime.rules) == guard::verdict::allowed;
}

void sender::impl::update_rules(endpoint_runtime& runtime) const {
    if (runtime.rules_generation == generation) return;
    runtime.rules = guard::rules_for(*runtime.endpoint, rules);
    runtime.rules_generation = generation;
}

asio::awaitable<connection_pool::lease> sender::impl::connect(endpoint_runtime& runtime, flight& flight,
                                                              attempt_result& result) {
    auto fresh = pool.add(runtime.idle);
    if (!fresh) {
        result.error = transport_error::local;
        result.detail = "all " + std::to_string(config.max_connections) + " connections are in use";
        co_return fresh;
    }
    update_rules(runtime);
    fresh->judged_under = runtime.rules_generation;
    fresh->via = proxy;
    auto dialled = co_await dial(tools, runtime, *fresh, flight);
    if (dialled) co_return fresh;
    dial_failure& why = dialled.error();
    if (why.no_socket) make_room();
    result.error = why.error;
    result.detail = std::move(why.detail);
    result.for_operators = std::move(why.for_operators);
    result.denied_by = why.denied_by;
    result.own_fault = why.own_fault;
    co_return connection_pool::lease();
}

/// Attempts under way end with it; none of their connections is kept.
void sender::impl::retire(endpoint_runtime& old) {
    pool.close_idle(old.idle);
    old.idle.most = 0;
}

void sender::impl::sweep() {
    const monotonic_time limit = time.monotonic_now() - config.max_idle;
    pool.close_idle_since(limit);
    pool.close_opened_before(time.monotonic_now() - config.max_connection_age);
    erase_if(runtimes, [&](const auto& named) {
        const runtime_ptr& runtime = named.second;
        // Attempts under way hold it too.
        if (runtime.use_count() > 1 || runtime->last_use > limit) return false;
        retire(*runtime);
        return true;
    });
    tls.forget_unused(limit);
}

void sender::impl::set_rules(egress_rules next) {
    if (next.proxy != rules.proxy) {
        proxy = shared(next.proxy);
        for (const auto& [id, runtime] : runtimes)
            pool.close_idle(runtime->idle);
    }
    rules = std::move(next);
    ++generation;
    tls.renew();
}

void sender::impl::make_room() {
    pool.close_oldest(room_at_once);
}

void sender::impl::cut() {
    // Interrupting only closes sockets and wakes; no attempt ends before this returns.
    for (flight& flight : flights) {
        flight.cut = true;
        flight.interrupt();
    }
}

}  // namespace postrider::delivery
