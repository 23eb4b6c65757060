#include "endpoint.h"

#include "names.h"
#include "network.h"
#include "pem.h"
#include "policies.h"

#include <postrider/base/ascii.h>
#include <postrider/guard/url.h>
#include <postrider/retry/decision.h>
#include <postrider/sign/authenticator.h>
#include <postrider/subscription/pattern.h>

#include <algorithm>

namespace postrider::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t max_patterns = 1000;
constexpr std::size_t max_headers = 64;
constexpr std::size_t max_description = 1024;

std::optional<std::string> read_id(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (text->text.starts_with("ep_")) {
        add_fault(reading, value,
                  "begins with ep_, which is kept for endpoints made by the API; allowed are other names");
        return std::nullopt;
    }
    if (is_name(text->text)) return text->text;
    refuse_value(reading, value, *text, name_alphabet);
    return std::nullopt;
}

std::optional<std::string> read_tenant(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (is_name(text->text)) return text->text;
    refuse_value(reading, value, *text, name_alphabet);
    return std::nullopt;
}

std::optional<std::vector<std::string>> read_events(reading& reading, const item& list) {
    const auto items = read_list(reading, list, max_patterns);
    if (!items) return std::nullopt;
    if (items->empty())
        add_fault(reading, list,
                  "is empty; allowed are 1 to 1000 patterns, such as case.created or \"invoice.*\"");
    std::vector<std::string> patterns;
    for (const auto& one : *items) {
        auto text = read_text(reading, one);
        if (!text) continue;
        if (const auto wrong = subscription::fault_of(text->text))
            add_fault(reading, one, "is not allowed: " + *wrong);
        patterns.push_back(std::move(text->text));
    }
    return patterns;
}

using header_list = std::vector<std::pair<std::string, std::string>>;

void read_header(reading& reading, const map_entry& entry, header_list& headers) {
    const item value{"headers", entry.value, entry.value->at};
    if (entry.key.size() > max_header_name) {
        reading.faults.add(entry.key_at, "\"headers\" has a name that is too long; allowed are 256 bytes");
        return;
    }
    if (const auto good = sign::check_header_name(entry.key); !good) {
        reading.faults.add(entry.key_at, "\"headers\" has a name that is not allowed: " + good.error());
        return;
    }
    const auto named = [&](const auto& header) {
        return ascii::equal_ignoring_case(header.first, entry.key);
    };
    if (std::ranges::any_of(headers, named))
        reading.faults.add(entry.key_at,
                           "\"headers\" has this name twice; upper and lower case are the same");
    auto text = read_text(reading, value);
    if (!text) return;
    if (text->text.size() > max_credential)
        add_fault(reading, value, "has a value that is too long; allowed are 8192 bytes");
    if (const auto good = sign::check_header_value(text->text); !good)
        add_fault(reading, value, "has a value that is not allowed: " + good.error());
    headers.emplace_back(entry.key, std::move(text->text));
}

std::optional<header_list> read_headers(reading& reading, const item& map) {
    header_list headers;
    if (map.value->what == node::kind::null) return headers;
    if (map.value->what != node::kind::map) {
        add_fault(reading, map, "must be a map of names and values, such as {X-Team: payments}");
        return std::nullopt;
    }
    if (map.value->entries.size() > max_headers) {
        add_fault(reading, map, "has too many headers; allowed are 64");
        return std::nullopt;
    }
    for (const auto& entry : map.value->entries)
        read_header(reading, entry, headers);
    return headers;
}

/// A name under `headers` that an authentication writes too would be sent twice.
void check_headers_differ(reading& reading, const section& entries, const endpoint& endpoint) {
    const auto headers = entries.find("headers");
    const auto writer = entries.find("authentication");
    if (!headers || headers->value->what != node::kind::map) return;
    const auto written = sign::header_names(endpoint.authentications);
    for (const auto& entry : headers->value->entries) {
        const auto same = [&](const std::string& name) {
            return ascii::equal_ignoring_case(name, entry.key);
        };
        if (std::ranges::none_of(written, same)) continue;
        if (writer && writer->distance < headers->distance + entry.distance) {
            add_fault(reading, *writer,
                      "writes a header that \"headers\" of the defaults names; leave it out in one of both");
        } else {
            reading.faults.add(entry.key_at,
                               "\"headers\" has a name that the endpoint's authentication writes; leave it "
                               "out in one of both");
        }
    }
}

std::optional<timeout_settings> read_timeout(reading& reading, const item& map) {
    const auto timeout = section::open(reading, map, keys::timeout);
    if (!timeout) return std::nullopt;
    timeout_settings settings;
    const milliseconds least(10);
    take(*timeout, "connect_seconds", settings.connect,
         [&](const item& value) { return read_seconds(reading, value, least, seconds(300)); });
    take(*timeout, "read_seconds", settings.read,
         [&](const item& value) { return read_seconds(reading, value, least, hours(1)); });
    return settings;
}

std::optional<tls_settings> read_tls(reading& reading, const item& map, bool is_defaults) {
    const auto tls = section::open(reading, map, keys::tls);
    if (!tls) return std::nullopt;
    tls_settings settings;
    const auto certificates = [&](const item& value) {
        return read_pem_path(reading, value, pem_content::certificates);
    };
    const auto key = [&](const item& value) {
        return read_pem_path(reading, value, pem_content::private_key);
    };
    take(*tls, "ca_file", settings.ca_file, certificates);
    take(*tls, "client_cert_file", settings.client_cert_file, certificates);
    take(*tls, "client_key_file", settings.client_key_file, key);
    const auto cert_item = tls->find("client_cert_file");
    const auto key_item = tls->find("client_key_file");
    if (is_defaults) return settings;
    if (cert_item.has_value() != key_item.has_value())
        add_fault(reading, cert_item ? *cert_item : *key_item,
                  "stands alone; allowed are client_cert_file and client_key_file together");
    if (settings.client_cert_file.empty() || settings.client_key_file.empty()) return settings;
    const auto wrong = check_key_pair(reading, settings.client_cert_file, settings.client_key_file);
    if (!wrong) return settings;
    if (cert_item->distance < key_item->distance) {
        add_fault(reading, *cert_item,
                  "names a certificate to which the key in \"client_key_file\" does not belong");
    } else {
        add_fault(reading, *key_item, *wrong);
    }
    return settings;
}

void read_switches(reading& reading, const section& map, endpoint& made) {
    const auto on = [&](const item& value) { return read_switch(reading, value); };
    take(map, "enabled", made.enabled, on);
    take(map, "allow_http", made.allow_http, on);
    take(map, "allow_private_network", made.allow_private_network, on);
}

void read_url(reading& reading, const item& value, const std::vector<std::uint16_t>& allow_ports,
              endpoint& made) {
    auto text = read_text(reading, value);
    if (!text) return;
    const auto url = guard::parse_url(text->text, {made.allow_http, made.allow_private_network, allow_ports});
    if (url) {
        made.url = *url;
        made.url_text = std::move(text->text);
    } else {
        add_fault(reading, value, "is not allowed: " + url.error());
    }
}

void read_identity(reading& reading, const section& map, const endpoint_source& source, endpoint& made) {
    const auto id = map.find("id");
    if (source.is_defaults) {
        for (const auto* key : {"id", "url"})
            if (const auto found = map.find(key))
                add_fault(reading, *found, "cannot be a default; each endpoint has its own");
        return;
    }
    if (!source.made_id.empty()) {
        made.id = source.made_id;
    } else if (id) {
        if (auto text = read_id(reading, *id)) made.id = std::move(*text);
    } else if (!is_name(source.default_id) || source.default_id.starts_with("ep_")) {
        add_fault(reading, source.entry,
                  source.default_id.empty()
                      ? std::string("lacks the key \"id\"; allowed are ") + name_alphabet
                      : std::string("has no \"id\", and the file's name cannot be one; allowed are ") +
                            name_alphabet);
    } else {
        made.id = source.default_id;
    }
    if (!map.find("events"))
        add_missing(reading, source.entry, "events", ": the patterns that it subscribes to");
    if (const auto url = map.find("url")) {
        read_url(reading, *url, source.allow_ports, made);
    } else {
        add_missing(reading, source.entry, "url");
    }
}

void read_settings(reading& reading, const section& map, const endpoint_source& source, endpoint& made) {
    take(map, "tenant", made.tenant, [&](const item& value) { return read_tenant(reading, value); });
    take(map, "description", made.description,
         [&](const item& value) { return read_short_text(reading, value, max_description); });
    take(map, "events", made.events, [&](const item& value) { return read_events(reading, value); });
    take(map, "headers", made.headers, [&](const item& value) { return read_headers(reading, value); });
    take(map, "retry", made.retry,
         [&](const item& value) { return read_retry(reading, value, source.is_defaults); });
    take(map, "timeout", made.timeout, [&](const item& value) { return read_timeout(reading, value); });
    take(map, "concurrency", made.concurrency,
         [&](const item& value) { return read_whole(reading, value, 1, 10000); });
    take(map, "tls", made.tls,
         [&](const item& value) { return read_tls(reading, value, source.is_defaults); });
    take(map, "circuit_breaker", made.circuit_breaker,
         [&](const item& value) { return read_circuit_breaker(reading, value, source.is_defaults); });
    take(map, "rate_limit", made.rate_limit,
         [&](const item& value) { return read_rate_limit(reading, value, source.is_defaults); });
    take(map, "limits", made.limits, [&](const item& value) { return read_endpoint_limits(reading, value); });
    take(map, "logging", made.records, [&](const item& value) { return read_records(reading, value); });
    take(map, "auto_disable", made.auto_disable,
         [&](const item& value) { return read_auto_disable(reading, value, source.is_defaults); });
    take(map, "ordering", made.ordering, [&](const item& value) { return read_ordering(reading, value); });
    take(map, "verification", made.verification,
         [&](const item& value) { return read_verification(reading, value); });
    take(map, "allow_cidrs", made.allow_cidrs, [&](const item& value) { return read_cidrs(reading, value); });
}

}  // namespace

endpoint read_endpoint(reading& reading, const endpoint_source& source) {
    endpoint made;
    made.retry.delays = retry::default_table();
    const auto map = section::open(reading, source.entry, keys::endpoint);
    if (!map) return made;
    read_switches(reading, *map, made);
    read_identity(reading, *map, source, made);
    read_settings(reading, *map, source, made);
    const bool is_of_api = !source.made_id.empty();
    made.authentications =
        read_authentications(reading, *map, source.entry, !source.is_defaults && !is_of_api);
    if (!is_of_api) made.source_file = reading.faults.file_name(source.entry.at.file);
    if (!source.is_defaults) check_headers_differ(reading, *map, made);
    return made;
}

}  // namespace postrider::config
