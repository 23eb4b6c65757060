#include "webhook_view.h"

#include "endpoint_state.h"

#include <postrider/config/endpoint_document.h>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

void put_state(json& out, const endpoint& endpoint, const standing& standing) {
    const auto state = state_of(endpoint, standing);
    out["state"] = state.name;
    out["disabled_reason"] = text_or_null(state.disabled_reason);
    out["state_since"] = to_json(state.since);
}

/// Null where none is asked for.
void put_verification(json& out, const endpoint& endpoint, const standing& standing) {
    const bool asked = endpoint.verification != verification::none;
    out["verified"] = asked ? json(!awaits_verification(endpoint, standing)) : json(nullptr);
    out["verification_error"] = asked ? text_or_null(standing.verification_error) : json(nullptr);
    out["challenged_at"] = asked ? to_json(standing.challenged_at) : json(nullptr);
}

void put_load(json& out, const call& asked, const endpoint& endpoint,
              const std::optional<queue::inspection::overview>& load) {
    for (const auto* name : {"circuit", "queue_depth", "in_flight", "dead_letters", "oldest_event_at"})
        out[name] = nullptr;
    if (!load) return;
    out["circuit"] = breaker::to_string(circuit_of(endpoint, load->health, asked.around.time));
    out["queue_depth"] = load->waiting;
    out["in_flight"] = load->in_flight;
    out["dead_letters"] = load->dead;
    out["oldest_event_at"] = to_json(load->oldest);
}

}  // namespace

asio::awaitable<std::optional<std::vector<queue::inspection::overview>>> read_loads(
    const call& asked, std::vector<endpoint_ptr> endpoints) {
    if (endpoints.empty()) co_return std::vector<queue::inspection::overview>();
    std::vector<std::string> names;
    names.reserve(endpoints.size());
    for (const auto& endpoint : endpoints)
        names.push_back(endpoint->queue_name());
    auto loads = co_await asked.around.inspection.overviews(std::move(names));
    if (!loads || loads->size() != endpoints.size()) co_return std::nullopt;
    co_return std::move(*loads);
}

asio::awaitable<std::vector<webhook_facts>> read_all_facts(const call& asked,
                                                           std::vector<endpoint_ptr> endpoints) {
    std::vector<webhook_facts> all(endpoints.size());
    const auto loads = co_await read_loads(asked, endpoints);
    bool has_catalog = true;  // asked in vain once is enough
    for (std::size_t n = 0; n < all.size(); ++n) {
        const auto& endpoint = *endpoints[n];
        all[n].standing = find_standing(asked.now->standings, endpoint);
        if (loads) all[n].load = (*loads)[n];
        if (!endpoint.source_file.empty() || !has_catalog) continue;
        const auto entry = co_await asked.around.catalog.find(endpoint.id);
        if (entry) {
            all[n].created_at = entry->created_at;
            all[n].updated_at = entry->updated_at;
        } else {
            has_catalog = entry.error().kind != catalog::fault_kind::unavailable;
        }
    }
    co_return all;
}

asio::awaitable<webhook_facts> read_facts(const call& asked, endpoint_ptr endpoint) {
    auto all = co_await read_all_facts(asked, std::vector<endpoint_ptr>(1, endpoint));
    co_return std::move(all.front());
}

json describe_webhook(const call& asked, const endpoint& endpoint, const webhook_facts& facts) {
    auto out = json::parse(config::describe_endpoint(endpoint));
    put_state(out, endpoint, facts.standing);
    put_verification(out, endpoint, facts.standing);
    put_load(out, asked, endpoint, facts.load);
    if (!asked.tenant) {
        out["source"] = endpoint.source_file.empty() ? "api" : "file";
        out["file"] = text_or_null(endpoint.source_file);
    }
    if (endpoint.source_file.empty()) {
        out["created_at"] = to_json(facts.created_at);
        out["updated_at"] = to_json(facts.updated_at);
    }
    return out;
}

breaker::circuit_state circuit_of(const endpoint& endpoint, std::string_view health,
                                  const time_source& time) {
    breaker::breaker circuit(endpoint.circuit_breaker);
    const auto saved = health.substr(0, health.find(' '));
    // "-" stands for nothing saved; a text that cannot be read leaves the circuit closed, as it does where it
    // is obeyed.
    if (saved != "-") (void)circuit.restore(saved, time.monotonic_now(), time.wall_now());
    return circuit.state(time.monotonic_now());
}

}  // namespace postrider::admin
