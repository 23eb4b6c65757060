#include "acceptance.h"
#include "media_type.h"
#include "results.h"

#include <postrider/access/permission.h>
#include <postrider/event/trace.h>
#include <postrider/http/refusal.h>
#include <postrider/intake/service.h>
#include <postrider/log/log.h>

#include <algorithm>
#include <chrono>

namespace postrider::intake {

namespace asio = boost::asio;

namespace {

constexpr std::string_view single_route = "/api/events";
constexpr std::string_view batch_route = "/api/events/batch";

http::response not_found() {
    return http::problem(404, "not_found", "there is nothing at this path");
}

http::response method_not_allowed() {
    auto answer = http::problem(405, "method_not_allowed", "events are sent with POST");
    answer.headers.emplace_back("Allow", "POST");
    return answer;
}

http::response closed() {
    return to_response({503,
                        "not_ready",
                        "the daemon takes no events now: it starts, it stops, or Redis is not as it must be; "
                        "/ready says which",
                        {},
                        1});
}

http::response unsupported(bool batch) {
    return http::problem(415, "unsupported_media_type",
                         batch ? "a batch is sent as application/json or application/x-ndjson"
                               : "an event is sent as application/json");
}

/// What somebody believes to choose with a parameter must not be passed over.
std::optional<http::response> refuse_parameters(std::string_view query) {
    query.remove_prefix(std::min(query.find_first_not_of('&'), query.size()));
    if (query.empty()) return std::nullopt;
    const std::string name(query.substr(0, query.find_first_of("&=")));
    const std::string message = "is not known here; this path takes no parameters";
    return to_response({422, "invalid_query", name + ": " + message, {{name, message}}});
}

/// The first line of an event; those of its attempts have the same ids. A refused one is the client's to log.
void log_accepted(const event& event, std::uint32_t deliveries) {
    if (!log::enabled(log::level::info) || !log::in_sample(event.id)) return;
    const auto trace = read_traceparent(event.traceparent);
    log::info("accepted", {{"event_id", event.id},
                           {"event_type", event.type},
                           {"tenant", event.tenant},
                           {"deliveries", deliveries},
                           {"trace_id", trace ? trace->trace_id : std::string_view()},
                           {"parent_id", trace ? trace->parent_id : std::string_view()}});
}

metrics::intake_result to_metric(const fault& fault) {
    if (fault.status == 409) return metrics::intake_result::conflict;
    if (fault.status == 503) return metrics::intake_result::unavailable;
    return metrics::intake_result::invalid;
}

}  // namespace

struct service::impl {
    impl(queue::intake_port& stores, metrics::registry& counts, random_source& randoms,
         const time_source& clock)
        : queue(stores), metrics(counts), counted(counts.for_intake()), random(randoms), time(clock) {}

    /// Whether the request may go on: the same questions before its body is read and when it is handled,
    /// because the view may have been swapped in between.
    std::optional<http::response> refuse(const http::request& head, const view& now,
                                         access::permission& permission) {
        if (!is_route(head.path)) return not_found();
        if (head.method != "POST") return method_not_allowed();
        if (!open || !now.subscriptions || !now.tokens) return closed();
        permission = access::permit(http::credentials_of(head), *now.tokens, access::scope::ingest, time);
        if (permission.why == access::refusal::none) return refuse_parameters(head.query);
        metrics.count_auth_failure();
        return http::refuse(permission.why);
    }

    asio::awaitable<http::response> handle(http::request& request) {
        const view now = current;  // a swap while Redis is asked must not pull it away
        const auto begun = time.monotonic_now();
        access::permission permitted;
        if (auto refusal = refuse(request, now, permitted)) co_return std::move(*refusal);
        const access::token* const who = permitted.who;
        if (permitted.by_previous) metrics.count_previous_token(who->name);
        // What has nothing left is not even parsed.
        if (auto refusal = refuse_for_rate(who, now, 0)) co_return std::move(*refusal);
        const bool batch = request.path == batch_route;
        auto key = idempotency_key_of(request);
        if (key && batch && !key->empty())
            key = unexpected<fault>(fault{422,
                                          "idempotency_key_on_batch",
                                          "a batch has no Idempotency-Key: give each event its id",
                                          {}});
        auto posted = key ? read(request, now, batch) : posted_batch(unexpected<fault>(key.error()));
        const std::size_t events = posted ? posted->size() : 1;
        if (auto refusal = refuse_for_rate(who, now, events)) co_return std::move(*refusal);
        if (!posted) {
            counted->count("", metrics::intake_result::invalid);
            co_return to_response(posted.error());
        }
        const sender from = make_sender(request, who, std::move(*key));
        const auto results = co_await store(std::move(*posted), from, now.subscriptions);
        const std::chrono::duration<double> taken = time.monotonic_now() - begun;
        metrics.observe_ingest_seconds(taken.count());
        co_return batch ? answer_batch(results) : answer_single(results.front());
    }

    static posted_batch read(const http::request& request, const view& now, bool batch) {
        if (!batch) {
            std::vector<posted_event> one;
            one.push_back(read_single(request.body));
            return one;
        }
        const batch_limits limits{now.max_body_bytes, now.max_batch_events};
        return read_media_type(request.header("Content-Type")) == media::ndjson
                   ? read_lines(request.body, limits)
                   : read_array(request.body, limits);
    }

    sender make_sender(const http::request& request, const access::token* who, std::string key) const {
        sender from;
        if (who != nullptr) from.tenant = who->tenant;
        from.idempotency_key = std::move(key);
        from.traceparent = traceparent_of(request);
        from.now = time.wall_now();
        return from;
    }

    /// What is needed of an event that goes to the queue.
    struct stored_event {
        event_ptr event;
        std::size_t place;  ///< of its result
    };

    /// Accepts what can be accepted, stores it with one call, and says of each what came of it.
    asio::awaitable<std::vector<result>> store(std::vector<posted_event> posted, const sender& from,
                                               subscription::snapshot_ptr subscriptions) {
        std::vector<result> results(posted.size());
        std::vector<queue::new_event> events;
        std::vector<stored_event> stored;  // the same, for when the queue has them
        for (std::size_t n = 0; n < posted.size(); ++n) {
            auto accepted = accept(posted[n], from, *subscriptions, random);
            if (!accepted) {
                counted->count("", metrics::intake_result::invalid);
                results[n].refused = std::move(accepted.error());
                continue;
            }
            results[n].id = accepted->event->id;
            if (needs_no_queue(*accepted)) {
                log_accepted(*accepted->event, 0);
                counted->count(accepted->event->type, metrics::intake_result::unmatched);
                continue;
            }
            if (auto full = refuse_for_pressure(accepted->event->tenant)) {
                counted->count(accepted->event->type, metrics::intake_result::unavailable);
                results[n].refused = std::move(full);
                continue;
            }
            stored.push_back({accepted->event, n});
            events.push_back(std::move(*accepted));
        }
        if (events.empty()) co_return results;
        const auto answers = co_await queue.enqueue(std::move(events));
        for (std::size_t n = 0; n < stored.size(); ++n)
            settle(answers[n], *stored[n].event, results[stored[n].place]);
        co_return results;
    }

    /// Takes `events` of the token's rate, at least one: a batch is as many requests as it has events. 0 only
    /// asks whether anything is left.
    std::optional<http::response> refuse_for_rate(const access::token* who, const view& now,
                                                  std::size_t events) const {
        if (who == nullptr || !who->rate_limit || !now.rates) return std::nullopt;
        const auto at = time.monotonic_now();
        const auto wait = events == 0 ? now.rates->wait_for_one(who->name, at)
                                      : now.rates->take(who->name, static_cast<std::uint32_t>(events), at);
        if (wait == std::chrono::nanoseconds()) return std::nullopt;
        metrics.count_rate_limited(who->name);
        return http::refuse_for_rate(limit::seconds_to_wait(wait));
    }

    /// Before anything of the event is stored.
    [[nodiscard]] std::optional<fault> refuse_for_pressure(const std::string& tenant) const {
        if (!pressing) return std::nullopt;
        if (!pressing->store_full.empty())
            return fault{503, "store_full", pressing->store_full + "; the event was not stored", {}, 5};
        if (pressing->full_tenants.contains(tenant))
            return fault{429,
                         "tenant_full",
                         "as much waits for this tenant's endpoints as may; the event was not stored",
                         {},
                         5};
        return std::nullopt;
    }

    void settle(const queue::enqueue_answer& answer, const event& stored, result& result) {
        result.deliveries = answer.deliveries;
        result.refused = fault_of(answer.status);
        result.duplicate = answer.status == queue::enqueue_status::duplicate;
        auto became = metrics::intake_result::accepted;
        if (result.refused) {
            became = to_metric(*result.refused);
        } else if (result.duplicate) {
            became = metrics::intake_result::duplicate;
            metrics.count_duplicate();
        } else if (answer.deliveries == 0) {
            became = metrics::intake_result::unmatched;
        }
        if (!result.refused && !result.duplicate) log_accepted(stored, answer.deliveries);
        counted->count(stored.type, became);
    }

    queue::intake_port& queue;
    metrics::registry& metrics;
    const std::unique_ptr<metrics::intake_counts> counted;
    random_source& random;
    const time_source& time;
    view current;
    std::shared_ptr<const pressure> pressing;
    bool open = false;
};

service::service(queue::intake_port& queue, metrics::registry& metrics, random_source& random,
                 const time_source& time)
    : impl_(std::make_unique<impl>(queue, metrics, random, time)) {}
service::~service() = default;

void service::set_view(view view) {
    impl_->current = std::move(view);
}
void service::set_open(bool open) {
    impl_->open = open;
}
void service::set_pressure(std::shared_ptr<const pressure> pressure) {
    impl_->pressing = std::move(pressure);
}
bool service::is_route(std::string_view path) noexcept {
    return path == single_route || path == batch_route;
}

expected<std::uint64_t, http::response> service::admit(const http::request& head,
                                                       std::optional<std::uint64_t> content_length) {
    const view& now = impl_->current;
    access::permission permitted;
    if (auto refusal = impl_->refuse(head, now, permitted))
        return unexpected<http::response>(std::move(*refusal));
    const bool batch = head.path == batch_route;
    const auto type = read_media_type(head.header("Content-Type"));
    if (type == media::other || (type == media::ndjson && !batch))
        return unexpected<http::response>(unsupported(batch));
    const std::uint64_t most = batch ? now.max_batch_bytes : now.max_body_bytes;
    if (content_length.value_or(0) > most)
        return unexpected<http::response>(
            http::problem(413, "body_too_large", "the body may have " + std::to_string(most) + " bytes"));
    return most;
}

asio::awaitable<http::response> service::handle(http::request& request) {
    return impl_->handle(request);
}

}  // namespace postrider::intake
