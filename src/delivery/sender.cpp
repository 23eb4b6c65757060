#include "connection_pool.h"
#include "dial.h"
#include "endpoint_runtime.h"
#include "exchange.h"
#include "flight.h"
#include "kept_headers.h"
#include "request.h"
#include "tls_contexts.h"

#include <postrider/delivery/sender.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace postrider::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_retry_after = 64;

/// What one attempt sends, and how long it may take from the connection on.
struct exchange_plan {
    exchange_plan(endpoint_runtime& to, const event& sent, std::uint32_t attempt, std::uint64_t span)
        : runtime(to), what(sent), number(attempt), span_id(span), limit(to.endpoint->timeout.read) {}
    endpoint_runtime& runtime;
    const event& what;
    std::uint32_t number;
    std::uint64_t span_id;
    milliseconds limit;
};

http::response_decoder::limits decoder_limits(const sender::settings& settings) {
    http::response_decoder::limits limits;
    limits.max_body = settings.max_response_bytes;
    limits.max_kept = attempt_result::max_kept_body;
    return limits;
}

void take_response(attempt_result& result, const http::response_decoder& response) {
    result.status = static_cast<std::uint16_t>(response.status());
    result.retry_after = response.header("Retry-After").substr(0, most_retry_after);
    result.body_prefix = response.body_prefix();
}

/// What the record of this attempt is to keep of its headers; most endpoints keep nothing.
void keep_headers(attempt_result& result, const endpoint& endpoint, const connection& with) {
    if (endpoint.records.log_payloads)
        result.request_headers = kept_request_headers(with.request, endpoint.authentications);
    if (endpoint.records.log_responses && result.error == transport_error::none)
        result.response_headers = kept_response_headers(with.decoder);
}

}  // namespace

struct sender::impl {
    using runtime_ptr = std::shared_ptr<endpoint_runtime>;

    impl(const asio::any_io_executor& executor, net::resolver& resolver, const time_source& clock,
         settings given, egress_rules first_rules)
        : config(std::move(given)),
          rules(std::move(first_rules)),
          proxy(shared(rules.proxy)),
          time(clock),
          pool(executor, decoder_limits(config), config.max_connections),
          tools(executor, resolver, clock, tls) {}

    static std::shared_ptr<const forward_proxy> shared(const std::optional<forward_proxy>& proxy) {
        return proxy ? std::make_shared<const forward_proxy>(*proxy) : nullptr;
    }

    static asio::awaitable<attempt_result> attempt(std::shared_ptr<impl> self, endpoint_ptr endpoint,
                                                   event_ptr event, std::uint32_t number,
                                                   std::uint64_t span_id) {
        const monotonic_time began = self->time.monotonic_now();
        flight flight;
        self->flights.push_back(flight);
        attempt_result result;
        if (auto runtime = self->runtime_of(endpoint)) {
            const runtime_ptr held = std::move(*runtime);
            result = co_await self->send(*held, *event, number, span_id, flight);
            held->last_use = self->time.monotonic_now();
        } else {
            result.error = transport_error::local;
            result.detail = std::move(runtime.error());
        }
        if (flight.cut && result.error != transport_error::none) {
            result.error = transport_error::local;
            result.detail = "cut at shutdown";
            result.for_operators.clear();
        }
        if (result.error == transport_error::local) result.own_fault = true;
        result.duration = std::chrono::duration_cast<milliseconds>(self->time.monotonic_now() - began);
        result.span_id = span_id;
        co_return result;
    }

    /// On a kept connection first, where there is one. If that dies without a byte of response it was most
    /// likely closed while idle, so the attempt goes on once more on a fresh one.
    asio::awaitable<attempt_result> send(endpoint_runtime& runtime, const event& event, std::uint32_t number,
                                         std::uint64_t span_id, flight& flight) {
        exchange_plan plan(runtime, event, number, span_id);
        attempt_result result;
        auto connection = take_kept(runtime);
        if (connection) {
            result.reused_connection = true;
            const monotonic_time began = time.monotonic_now();
            const bool died = co_await exchange_on(connection, plan, flight, result);
            if (!died) co_return result;
            // Both exchanges together keep to the deadline of one.
            plan.limit -= std::chrono::floor<milliseconds>(time.monotonic_now() - began);
            result = attempt_result();
        }
        connection = co_await connect(runtime, flight, result);
        if (connection) co_await exchange_on(connection, plan, flight, result);
        co_return result;
    }

    /// Empty: `result` says why.
    asio::awaitable<connection_pool::lease> connect(endpoint_runtime& runtime, flight& flight,
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
        result.error = why.error;
        result.detail = std::move(why.detail);
        result.for_operators = std::move(why.for_operators);
        result.denied_by = why.denied_by;
        result.own_fault = why.own_fault;
        co_return connection_pool::lease();
    }

    /// True: the connection died before it gave a byte, and not by our hand.
    asio::awaitable<bool> exchange_on(connection_pool::lease& with, const exchange_plan& plan, flight& flight,
                                      attempt_result& result) {
        build_request(with->request, plan.runtime.constant_head, plan.what, plan.number, plan.span_id,
                      time.wall_now(), plan.runtime.authenticator);
        exchange_end end =
            co_await exchange(tools.executor, *with, flight, plan.limit, config.max_response_bytes);
        result.error = end.error;
        result.detail = std::move(end.detail);
        if (end.error == transport_error::none) take_response(result, with->decoder);
        keep_headers(result, *plan.runtime.endpoint, *with);
        if (end.reusable)
            pool.give_back(std::move(with), time.monotonic_now());
        else
            with = connection_pool::lease();
        co_return end.error != transport_error::none && !end.gave_bytes && !end.by_us;
    }

    connection_pool::lease take_kept(endpoint_runtime& runtime) {
        const monotonic_time now = time.monotonic_now();
        while (auto kept = pool.take_newest(runtime.idle)) {
            const bool young =
                now - kept->opened < config.max_connection_age && now - kept->idle_since < config.max_idle;
            if (young && is_allowed(runtime, *kept) && !kept->stream->looks_dead()) return kept;
        }
        return {};
    }

    /// A connection that was made under older rules is judged again.
    bool is_allowed(endpoint_runtime& runtime, connection& kept) {
        update_rules(runtime);
        if (kept.via != proxy) return false;
        if (kept.judged_under == runtime.rules_generation) return true;
        if (!kept.peer) return false;
        kept.judged_under = runtime.rules_generation;
        return guard::judge(*kept.peer, runtime.endpoint->url.port, runtime.rules) == guard::verdict::allowed;
    }

    void update_rules(endpoint_runtime& runtime) const {
        if (runtime.rules_generation == generation) return;
        runtime.rules = guard::rules_for(*runtime.endpoint, rules);
        runtime.rules_generation = generation;
    }

    expected<runtime_ptr, std::string> runtime_of(const endpoint_ptr& endpoint) {
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

    /// Attempts under way end with it; none of their connections is kept.
    void retire(endpoint_runtime& old) {
        pool.close_idle(old.idle);
        old.idle.most = 0;
    }

    void sweep() {
        const monotonic_time limit = time.monotonic_now() - config.max_idle;
        pool.close_idle_since(limit);
        pool.close_opened_before(time.monotonic_now() - config.max_connection_age);
        std::erase_if(runtimes, [&](const auto& named) {
            const runtime_ptr& runtime = named.second;
            // Attempts under way hold it too.
            if (runtime.use_count() > 1 || runtime->last_use > limit) return false;
            retire(*runtime);
            return true;
        });
        tls.forget_unused(limit);
    }

    void set_rules(egress_rules next) {
        if (next.proxy != rules.proxy) {
            proxy = shared(next.proxy);
            for (const auto& [id, runtime] : runtimes)
                pool.close_idle(runtime->idle);
        }
        rules = std::move(next);
        ++generation;
        tls.renew();
    }

    void cut() {
        // Interrupting only closes sockets and wakes; no attempt ends before this returns.
        for (flight& flight : flights) {
            flight.cut = true;
            flight.interrupt();
        }
    }

    settings config;
    egress_rules rules;
    std::shared_ptr<const forward_proxy> proxy;  ///< of the rules; another object where it is another proxy
    std::uint64_t generation = 1;
    const time_source& time;
    tls_contexts tls;
    std::unordered_map<std::string, runtime_ptr> runtimes;
    connection_pool pool;
    dial_tools tools;
    flight_list flights;
};

sender::sender(const asio::any_io_executor& executor, net::resolver& resolver, const time_source& time,
               settings settings, egress_rules rules)
    : impl_(std::make_shared<impl>(executor, resolver, time, std::move(settings), std::move(rules))) {}

sender::~sender() {
    impl_->cut();
}

asio::awaitable<attempt_result> sender::attempt(endpoint_ptr endpoint, event_ptr event, std::uint32_t number,
                                                std::uint64_t span_id) {
    return impl::attempt(impl_, std::move(endpoint), std::move(event), number, span_id);
}

void sender::set_rules(egress_rules rules) {
    impl_->set_rules(std::move(rules));
}
void sender::sweep() {
    impl_->sweep();
}
void sender::cut() {
    impl_->cut();
}
std::size_t sender::connections() const noexcept {
    return impl_->pool.size();
}

}  // namespace postrider::delivery
