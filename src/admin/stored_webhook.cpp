#include "stored_webhook.h"

#include "sight.h"
#include "webhook_view.h"

#include <postrider/guard/address_rules.h>
#include <postrider/log/log.h>

#include <algorithm>
#include <array>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

http::response defined_in_file(const call& asked, const endpoint& endpoint) {
    const auto where = asked.tenant ? std::string("the configuration") : endpoint.source_file;
    return http::problem(409, "defined_in_file", "this webhook is written in " + where + "; change it there");
}

/// Whether the document gives more than the default.
bool is_set(const json& document, std::string_view name) {
    const auto found = document.find(name);
    if (found == document.end() || found->is_null()) return false;
    if (found->is_boolean()) return found->get<bool>();
    return !found->is_structured() || !found->empty();
}

json member(const json& document, std::string_view name) {
    const auto found = document.find(name);
    return found == document.end() ? json(nullptr) : *found;
}

http::response needs_operator(std::string_view what) {
    return http::problem(403, "forbidden",
                         std::string(what) + " needs an admin token that is bound to no tenant");
}

/// A literal address that the egress rules deny. Names are judged when they are resolved, and what is judged
/// here is judged again for each connection: this only tells it early.
bool is_denied(const endpoint& endpoint, const view& now) {
    if (!endpoint.url.host_is_literal) return false;
    const auto address = ip_address::parse(endpoint.url.host);
    if (!address) return true;
    const auto verdict = guard::judge(*address, endpoint.url.port, guard::rules_for(endpoint, now.egress));
    if (verdict == guard::verdict::allowed) return false;
    log::warning("destination refused", {{"tenant", endpoint.tenant},
                                         {"url", endpoint.url.without_query()},
                                         {"reason", guard::to_string(verdict)}});
    return true;
}

}  // namespace

http::response refuse(const catalog::fault& fault) {
    switch (fault.kind) {
        case catalog::fault_kind::unavailable:
            break;
        case catalog::fault_kind::unreadable:
            return http::problem(500, "unreadable", fault.text);
        case catalog::fault_kind::no_key:
            return http::problem(
                409, "no_encryption_key",
                "secrets cannot be encrypted at rest: set encryption.key in the configuration");
        case catalog::fault_kind::changed:
            return http::problem(409, "changed",
                                 "somebody else changed the webhook meanwhile: read it again");
        case catalog::fault_kind::missing:
            return not_found("webhook");
        case catalog::fault_kind::full:
            return http::problem(409, "too_many_webhooks", "there are as many webhooks as may be made here");
    }
    return unavailable(fault.text);
}

asio::awaitable<expected<catalog::entry, http::response>> find_entry(const call& asked, std::string id) {
    const auto known = find_endpoint(asked, id);
    if (known && !known->source_file.empty())
        co_return unexpected<http::response>(defined_in_file(asked, *known));
    if (!id.starts_with("ep_")) co_return unexpected<http::response>(not_found("webhook"));
    auto entry = co_await asked.around.catalog.find(std::move(id));
    if (!entry) co_return unexpected<http::response>(refuse(entry.error()));
    if (!may_see(asked, entry->tenant)) co_return unexpected<http::response>(not_found("webhook"));
    co_return std::move(*entry);
}

json read_settings(const catalog::entry& entry) {
    return json::parse(entry.settings.reveal(), nullptr, false);
}

expected<endpoint, http::response> read_endpoint(const call& asked, const catalog::entry& entry) {
    config::document_rules rules;
    rules.id = entry.id;
    rules.tenant = entry.tenant;
    rules.allow_ports = asked.now->allow_ports;
    rules.allow_cidrs = true;  // who may not have it is refused before
    auto made = config::read_endpoint_document(entry.settings.reveal(), rules);
    std::vector<field_fault> faults;
    if (!made) {
        for (auto& fault : made.error())
            faults.push_back({std::move(fault.field), std::move(fault.message)});
    } else if (made->authentications.empty()) {
        faults.push_back({"authentication", "must be there: receivers could not tell who sent a delivery"});
    } else if (is_denied(*made, *asked.now)) {
        faults.push_back({"url", "the destination is not allowed"});
    }
    if (faults.empty()) return std::move(*made);
    return unexpected<http::response>(invalid(faults));
}

std::optional<http::response> fault_of_privilege(const json& before, const json& after) {
    constexpr std::array<std::string_view, 3> reaching{"allow_http", "allow_private_network", "allow_cidrs"};
    for (const auto name : reaching) {
        if (is_set(after, name) && member(after, name) != member(before, name)) return needs_operator(name);
    }
    const bool reaches = std::ranges::any_of(reaching, [&](auto name) { return is_set(after, name); });
    if (reaches && member(after, "url") != member(before, "url"))
        return needs_operator(
            "another url for a webhook with allow_http, allow_private_network or allow_cidrs");
    return std::nullopt;
}

asio::awaitable<std::optional<http::response>> apply(const call& asked, std::string_view what) {
    const auto why = co_await asked.around.daemon.refresh();
    if (why.empty()) co_return std::nullopt;
    co_return unavailable(std::string(what) +
                          " and takes effect soon, but could not be applied at once: " + why);
}

asio::awaitable<json> describe_changed(const call& asked, endpoint_ptr endpoint) {
    const auto facts = co_await read_facts(asked, endpoint);
    co_return describe_webhook(asked, *endpoint, facts);
}

}  // namespace postrider::admin
