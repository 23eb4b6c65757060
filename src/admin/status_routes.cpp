#include "answer.h"
#include "endpoint_state.h"
#include "reckoning_list.h"
#include "sight.h"
#include "trail_list.h"
#include "webhook_view.h"

#include <algorithm>
#include <array>
#include <map>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_loads = 256;  // in one question to the store
constexpr std::size_t most_circuits = 100;

/// What is summed over the endpoints that the caller may see.
struct summary {
    std::map<std::string_view, std::size_t> states{{"active", 0}, {"disabled", 0}, {"paused", 0}};
    std::uint64_t waiting = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t dead = 0;
    json circuits = json::array();
    std::size_t circuits_not_closed = 0;
    bool has_loads = true;
};

void add_load(summary& sum, const endpoint& endpoint, const queue::inspection::overview& load,
              const time_source& time) {
    sum.waiting += load.waiting;
    sum.in_flight += load.in_flight;
    sum.dead += load.dead;
    const auto circuit = circuit_of(endpoint, load.health, time);
    if (circuit == breaker::circuit_state::closed) return;
    if (++sum.circuits_not_closed > most_circuits) return;
    sum.circuits.push_back({{"webhook_id", endpoint.id}, {"circuit", breaker::to_string(circuit)}});
}

asio::awaitable<summary> sum_up(const call& asked) {
    const auto endpoints = visible_endpoints(asked);
    summary sum;
    for (const auto& endpoint : endpoints)
        ++sum.states[state_of(*endpoint, find_standing(asked.now->standings, *endpoint)).name];
    for (std::size_t at = 0; at < endpoints.size() && sum.has_loads; at += most_loads) {
        const auto end = std::min(at + most_loads, endpoints.size());
        std::vector<endpoint_ptr> some(endpoints.begin() + static_cast<std::ptrdiff_t>(at),
                                       endpoints.begin() + static_cast<std::ptrdiff_t>(end));
        const auto loads = co_await read_loads(asked, std::move(some));
        sum.has_loads = loads.has_value();
        for (std::size_t n = 0; sum.has_loads && n < loads->size(); ++n)
            add_load(sum, *endpoints[at + n], (*loads)[n], asked.around.time);
    }
    co_return sum;
}

json describe_summary(const summary& sum) {
    json out;
    std::size_t total = 0;
    for (const auto& [name, count] : sum.states)
        total += count;
    out["total"] = total;
    for (const auto& [name, count] : sum.states)
        out[std::string(name)] = count;
    const auto known = [&](std::uint64_t value) { return sum.has_loads ? json(value) : json(nullptr); };
    out["queue_depth"] = known(sum.waiting);
    out["in_flight"] = known(sum.in_flight);
    out["dead_letters"] = known(sum.dead);
    out["circuits_not_closed"] = known(sum.circuits_not_closed);
    return out;
}

json describe_configuration(const daemon_facts& facts) {
    auto faults = json::array();
    for (const auto& fault : facts.last_reload_faults) {
        faults.push_back({{"file", fault.file},
                          {"line", fault.line},
                          {"column", fault.column},
                          {"message", fault.message}});
    }
    return json{
        {"files", facts.files}, {"loaded_at", to_rfc3339(facts.loaded_at)}, {"last_reload_faults", faults}};
}

/// `keys`: the configured ones, the one that seals first, and then those that are not configured any more.
json describe_encryption(const encryption_facts& facts) {
    auto keys = json::array();
    std::uint64_t outdated = 0;
    const auto put = [&](const std::string& id, bool configured) {
        const auto found = facts.sealed_with.find(id);
        const auto sealed = found == facts.sealed_with.end() ? 0 : found->second.entries;
        const bool current = configured && keys.empty();
        if (!current) outdated += sealed;
        keys.push_back(
            {{"key_id", id}, {"current", current}, {"configured", configured}, {"sealed", sealed}});
    };
    for (const auto& id : facts.key_ids)
        put(id, true);
    for (const auto& [id, use] : facts.sealed_with)
        if (std::ranges::find(facts.key_ids, id) == facts.key_ids.end()) put(id, false);
    return json{{"keys", keys}, {"sealed_with_other_keys", outdated}, {"waits_for", facts.waits_for}};
}

void put_daemon(json& out, const daemon_facts& facts) {
    out["version"] = facts.version;
    out["started_at"] = to_rfc3339(facts.started_at);
    out["redis"] = facts.redis;
    out["shards"] = facts.shards;
    out["partitions"] = facts.partitions;
    out["partitions_owned"] = facts.partitions_owned;
    out["partitions_not_adding_up"] = facts.partitions_not_adding_up;
    out["in_flight"] = facts.in_flight;
    out["warnings"] = facts.warnings;
    out["configuration"] = describe_configuration(facts);
    out["encryption"] = describe_encryption(facts.encryption);
}

using holder = queue::inspection::totals::holder;

json describe_member(const queue::member& one, const holder* holds, const std::string& own_id) {
    json out{{"name", one.name},
             {"id", one.id},
             {"partitions", 0},
             {"owns", json::array()},
             {"shards", one.shards},
             {"since", to_rfc3339(one.started_at)},
             {"config_hash", text_or_null(one.config_hash)},
             {"this", one.id == own_id}};
    if (holds == nullptr) return out;
    out["partitions"] = holds->partitions.size();
    out["owns"] = holds->partitions;
    return out;
}

/// A lease of a daemon that is no member (any more), or of nobody.
json describe_stranger(const holder& holds) {
    return {{"name", text_or_null(holds.name)},
            {"id", text_or_null(holds.id)},
            {"partitions", holds.partitions.size()},
            {"owns", holds.partitions},
            {"shards", nullptr},
            {"since", nullptr},
            {"config_hash", nullptr},
            {"this", false}};
}

json describe_members(const daemon_facts& facts, const std::vector<holder>& holders) {
    auto out = json::array();
    std::map<std::string_view, const holder*> left;
    for (const auto& one : holders)
        left.emplace(one.id.empty() ? one.name : one.id, &one);
    for (const auto& one : facts.members) {
        const auto found = left.find(one.id);
        out.push_back(describe_member(one, found == left.end() ? nullptr : found->second, facts.member_id));
        if (found != left.end()) left.erase(found);
    }
    for (const auto& [key, holds] : left)
        out.push_back(describe_stranger(*holds));
    return out;
}

void put_store(json& out, const daemon_facts& facts,
               const expected<queue::inspection::totals, queue::read_fault>& read) {
    out["totals"] = nullptr;
    out["members"] = nullptr;
    if (!read) return;
    out["totals"] =
        json{{"accepted", read->accepted}, {"delivered", read->delivered}, {"dead", read->dead},
             {"expired", read->expired},   {"retried", read->retried},     {"replayed", read->replayed}};
    out["members"] = describe_members(facts, read->holders);
}

asio::awaitable<http::response> show_status(call asked) {
    auto out = json::object();
    // The daemon and its store are nothing of a tenant's.
    if (!asked.tenant) {
        const auto facts = co_await asked.around.daemon.facts();
        put_daemon(out, facts);
        const auto totals = co_await asked.around.inspection.read_totals();
        put_store(out, facts, totals);
    }
    auto sum = co_await sum_up(asked);
    out["webhooks"] = describe_summary(sum);
    out["circuits"] = sum.has_loads ? std::move(sum.circuits) : json(nullptr);
    co_return answer(200, out);
}

constexpr std::array status_table{
    route{"GET", "/api/status", audience::readers, tenants::admitted, body::ignored, show_status},
    route{"GET", "/api/reconciliation", audience::readers, tenants::refused, body::ignored, list_reckonings,
          "limit, cursor"},
    // Whoever may change everything may see who did.
    route{"GET", "/api/audit", audience::admins, tenants::refused, body::ignored, list_changes,
          "limit, cursor, actor, action, target, tenant, before, after"},
};

}  // namespace

std::span<const route> status_routes() {
    return status_table;
}

}  // namespace postrider::admin
