#include "stored_endpoints.h"

#include <postrider/config/endpoint_document.h>
#include <postrider/log/log.h>

#include <numeric>
#include <utility>

namespace postrider::daemon {
namespace {

const std::vector<std::uint16_t>& every_port() {
    static const std::vector<std::uint16_t> ports = [] {
        std::vector<std::uint16_t> all(65535);
        std::iota(all.begin(), all.end(), std::uint16_t{1});
        return all;
    }();
    return ports;
}

config::document_rules rules_of(const catalog::entry& entry, const std::vector<std::uint16_t>& allow_ports) {
    config::document_rules rules;
    rules.id = entry.id;
    rules.tenant = entry.tenant;
    rules.allow_ports = allow_ports;
    rules.allow_cidrs = true;
    return rules;
}

/// What is stored was checked when it was stored; only the rules for ports may have changed since.
expected<endpoint, std::string> read_entry(const catalog::entry& entry,
                                           const std::vector<std::uint16_t>& allow_ports) {
    auto read = config::read_endpoint_document(entry.settings.reveal(), rules_of(entry, allow_ports));
    if (read) return std::move(*read);
    auto lenient = config::read_endpoint_document(entry.settings.reveal(), rules_of(entry, every_port()));
    const auto& fault = lenient ? read.error().front() : lenient.error().front();
    const std::string why = "the stored endpoint " + entry.id + ": " + fault.field + ": " + fault.message;
    if (!lenient) return unexpected<std::string>(why);
    log::warning("an endpoint is not allowed any more; its events are held",
                 {{"endpoint", entry.id}, {"tenant", entry.tenant}, {"error", why}});
    lenient->enabled = false;
    return std::move(*lenient);
}

}  // namespace

expected<std::vector<endpoint_ptr>, std::string> stored_endpoints::read(
    const std::vector<catalog::entry>& entries, const std::vector<std::uint16_t>& allow_ports) {
    std::vector<endpoint_ptr> endpoints;
    std::map<std::string, known> next;
    for (const auto& entry : entries) {
        const auto before = known_.find(entry.id);
        known one{entry, allow_ports, nullptr};
        if (before != known_.end() && before->second.entry.updated_at == entry.updated_at &&
            before->second.entry.settings == entry.settings && before->second.allow_ports == allow_ports) {
            one.endpoint = before->second.endpoint;
        } else {
            auto read = read_entry(entry, allow_ports);
            if (!read) return unexpected<std::string>(read.error());
            one.endpoint = std::make_shared<const endpoint>(std::move(*read));
        }
        endpoints.push_back(one.endpoint);
        next.emplace(entry.id, std::move(one));
    }
    known_ = std::move(next);
    return endpoints;
}

}  // namespace postrider::daemon
