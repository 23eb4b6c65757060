#include "configuration_change.h"

#include <nlohmann/json.hpp>

#include <map>

namespace postrider::daemon {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_names = 50;

/// Names, and how many more there are.
class name_list {
 public:
    void add(const std::string& name) {
        if (names_.size() < most_names)
            names_.push_back(name);
        else
            ++more_;
    }
    void put_into(ordered_json& out, const char* what) const {
        if (names_.empty()) return;
        out[what] = names_;
        if (more_ > 0) out[std::string(what) + "_more"] = more_;
    }

 private:
    std::vector<std::string> names_;
    std::size_t more_ = 0;
};

/// By name; null when there is none of it.
template <typename Value>
using by_name = std::map<std::string, const Value*>;

template <typename Value>
ordered_json compare(const by_name<Value>& before, const by_name<Value>& after) {
    name_list added;
    name_list changed;
    name_list removed;
    for (const auto& [name, value] : after) {
        const auto known = before.find(name);
        if (known == before.end())
            added.add(name);
        else if (!(*known->second == *value))
            changed.add(name);
    }
    for (const auto& [name, value] : before)
        if (!after.contains(name)) removed.add(name);
    auto out = ordered_json::object();
    added.put_into(out, "added");
    changed.put_into(out, "changed");
    removed.put_into(out, "removed");
    return out;
}

by_name<endpoint> endpoints_of(const config::settings& settings) {
    by_name<endpoint> all;
    for (const auto& one : settings.endpoints)
        all.emplace(one->id, one.get());
    return all;
}

by_name<access::token> tokens_of(const config::settings& settings) {
    by_name<access::token> all;
    for (const auto& one : settings.access.tokens)
        all.emplace(one.name, &one);
    return all;
}

ordered_json sections_that_differ(const config::settings& before, const config::settings& after) {
    auto names = ordered_json::array();
    if (before.ingest != after.ingest || before.admin != after.admin) names.push_back("listen");
    if (before.redis != after.redis) names.push_back("redis");
    if (before.access != after.access) names.push_back("access");
    if (before.egress != after.egress) names.push_back("egress");
    if (before.encryption != after.encryption) names.push_back("encryption");
    if (before.audit != after.audit) names.push_back("audit");
    if (before.limits != after.limits) names.push_back("limits");
    return names;
}

}  // namespace

std::optional<std::string> describe_configuration_change(const config::settings& before,
                                                         const config::settings& after) {
    auto out = ordered_json::object();
    if (auto endpoints = compare(endpoints_of(before), endpoints_of(after)); !endpoints.empty())
        out["endpoints"] = std::move(endpoints);
    if (auto tokens = compare(tokens_of(before), tokens_of(after)); !tokens.empty())
        out["tokens"] = std::move(tokens);
    if (auto sections = sections_that_differ(before, after); !sections.empty())
        out["sections"] = std::move(sections);
    if (out.empty()) return std::nullopt;
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

catalog::change made_by(const char* via) {
    catalog::change who;
    who.actor = via;
    who.via = via;
    who.action = "config.reloaded";
    return who;
}

}  // namespace postrider::daemon
