#include "announcer.h"

#include <postrider/log/log.h>
#include <postrider/subscription/pattern.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace postrider::dispatch {

using json = nlohmann::ordered_json;

namespace {

constexpr std::string_view own_types = "postrider.";

bool is_operational(std::string_view text) {
    return text.starts_with(own_types);
}

/// A pattern must name `postrider` itself: who wants every event of a product does not mean ours.
bool listens_to(const endpoint& endpoint, std::string_view type) {
    return std::ranges::any_of(endpoint.events, [type](const std::string& pattern) {
        return is_operational(pattern) && subscription::matches(pattern, type);
    });
}

bool is_listener(const endpoint& endpoint) {
    return std::ranges::any_of(endpoint.events,
                               [](const std::string& pattern) { return is_operational(pattern); });
}

std::string text_of(const json& data) {
    return data.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

void announcer::announce(std::string_view type, const endpoint& about, json data) {
    if (!snapshot_ || is_listener(about)) return;
    auto listeners = snapshot_->match(about.tenant, type);
    std::erase_if(listeners, [type](const endpoint_ptr& one) { return !listens_to(*one, type); });
    if (listeners.empty()) return;
    auto made = std::make_shared<event>();
    made->tenant = about.tenant;
    made->id = "evt_" + random_id(random_);
    made->type = type;
    made->accepted_at = time_.wall_now();
    made->body = render_body(made->id, type, to_rfc3339(made->accepted_at), text_of(data));
    queue::new_event news;
    news.event = std::move(made);
    news.endpoints = std::move(listeners);
    store_.enqueue(std::move(news), [named = std::string(type), id = about.id](queue::enqueue_answer answer) {
        if (answer.status == queue::enqueue_status::stored) return;
        log::warning("an operational event could not be stored", {{"event_type", named}, {"endpoint", id}});
    });
}

void announcer::endpoint_disabled(const endpoint& endpoint, std::string_view reason) {
    announce("postrider.endpoint.disabled", endpoint, {{"webhook_id", endpoint.id}, {"reason", reason}});
}

void announcer::endpoint_failing(const endpoint& endpoint, wall_time since, wall_time disabled_at) {
    announce("postrider.endpoint.failing", endpoint,
             {{"webhook_id", endpoint.id},
              {"failing_since", to_rfc3339(since)},
              {"disabled_at", to_rfc3339(disabled_at)}});
}

void announcer::circuit_opened(const endpoint& endpoint) {
    announce("postrider.circuit.opened", endpoint, {{"webhook_id", endpoint.id}});
}

void announcer::circuit_closed(const endpoint& endpoint) {
    announce("postrider.circuit.closed", endpoint, {{"webhook_id", endpoint.id}});
}

void announcer::backlog_grew(const endpoint& endpoint, std::uint64_t waiting) {
    announce("postrider.endpoint.backlog", endpoint,
             {{"webhook_id", endpoint.id},
              {"waiting", waiting},
              {"threshold", endpoint.limits.backlog_alert_events}});
}

void announcer::event_died(const endpoint& endpoint, const event& dead, std::string_view reason,
                           std::uint32_t attempts, std::uint16_t response_code, std::string_view error) {
    if (is_operational(dead.type)) return;
    announce("postrider.event.dead", endpoint,
             {{"webhook_id", endpoint.id},
              {"event_id", dead.id},
              {"event_type", dead.type},
              {"reason", reason},
              {"attempts", attempts},
              {"response_code", response_code == 0 ? json() : json(response_code)},
              {"error", error.empty() ? json() : json(error)}});
}

}  // namespace postrider::dispatch
