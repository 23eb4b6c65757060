// A whole configuration: faults are told with their place and without secrets, and what is accepted is safe
// to run.

#include "fuzz/memory_file.h"
#include "fuzz/target.h"

#include <postrider/config/config.h>
#include <postrider/guard/url.h>
#include <postrider/sign/authenticator.h>
#include <postrider/subscription/pattern.h>

#include <algorithm>
#include <string>

namespace postrider::fuzz {
namespace {

/// In the environment under the name SECRET: nothing may repeat it.
const std::string planted = "whsec_cGxhbnRlZHBsYW50ZWRwbGFudGVkcGxhbnRlZA==";

std::optional<std::string> read_variable(const std::string& name) {
    if (name == "SECRET") return planted;
    if (name == "SHORT") return "x";
    return std::nullopt;
}

/// A fuzzer's includes would walk over this machine's files, whose content is no part of the input.
bool leads_elsewhere(std::string_view text) {
    return text.find("include") != std::string_view::npos || text.find("file:") != std::string_view::npos ||
           text.find("_file") != std::string_view::npos;
}

void check_faults(const std::vector<config::fault>& faults, std::string_view text) {
    HOLDS(!faults.empty() && faults.size() <= 1001);
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 2;
    for (const auto& fault : faults) {
        HOLDS(!fault.message.empty() && fault.message.find(planted) == std::string::npos);
        HOLDS(fault.message.find('\n') == std::string::npos && fault.message.find('\0') == std::string::npos);
        HOLDS(fault.line <= lines && fault.column <= text.size() + 2);
    }
}

void check_endpoint(const endpoint& one, const config::settings& settings) {
    HOLDS(!one.id.empty() && one.id.size() <= 64 && !one.tenant.empty() && one.concurrency >= 1);
    const guard::url_rules rules{one.allow_http, one.allow_private_network, settings.egress.allow_ports};
    const auto url = guard::parse_url(one.url_text, rules);
    HOLDS(url && *url == one.url);
    HOLDS(!one.events.empty());
    HOLDS(std::ranges::none_of(one.events,
                               [](const auto& text) { return subscription::fault_of(text).has_value(); }));
    HOLDS(sign::authenticator::compile(one.authentications).has_value());
    HOLDS(std::ranges::all_of(one.retry.delays, [](milliseconds delay) {
        return delay >= milliseconds(0) && delay <= std::chrono::hours(24 * 366);
    }));
    HOLDS(one.timeout.connect > milliseconds(0) && one.timeout.read > milliseconds(0));
    for (const auto& [name, value] : one.headers)
        HOLDS(sign::check_header_name(name) && sign::check_header_value(value));
}

void check_settings(const config::settings& settings) {
    for (const auto& listener : {settings.ingest, settings.admin})
        HOLDS(listener.address.is_loopback() || !settings.access.tokens.empty());
    HOLDS(settings.redis.partitions >= 1 && settings.redis.partitions <= 4096);
    HOLDS(settings.limits.max_body_bytes > 0 && settings.limits.header_timeout > milliseconds(0));
    if (settings.encryption.key) HOLDS(settings.encryption.key->reveal().size() == 32);
    for (const auto& one : settings.endpoints)
        check_endpoint(*one, settings);
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(config) {
    using namespace postrider;
    using namespace postrider::fuzz;
    if (leads_elsewhere(input)) return;
    const memory_file file(input);
    const auto first = config::load(file.path(), read_variable);
    const auto second = config::load(file.path(), read_variable);
    HOLDS(first.has_value() == second.has_value());
    if (!first) {
        HOLDS(first.error() == second.error());
        check_faults(first.error(), input);
        return;
    }
    HOLDS(first->hash == second->hash && first->endpoints.size() == second->endpoints.size());
    check_settings(*first);
}
