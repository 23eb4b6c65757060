// URLs of receivers: what is accepted means the same to every other reader of URLs, and is never an address
// in disguise.

#include "fuzz/target.h"

#include <postrider/event/address.h>
#include <postrider/guard/url.h>

#include <arpa/inet.h>
#include <boost/url/parse.hpp>
#include <netdb.h>

#include <algorithm>

namespace postrider::fuzz {
namespace {

guard::url_rules rules_of(unsigned bits) {
    guard::url_rules rules;
    rules.allow_http = (bits & 1U) != 0;
    rules.allow_private_network = (bits & 2U) != 0;
    if ((bits & 4U) != 0) rules.allow_ports = {1234, 9443};
    return rules;
}
constexpr unsigned every_rule = 7;

/// glibc reads "127.1", "0x7f.1" and "2130706433" as addresses; whatever it reads so is no name here.
bool is_address_to_resolvers(const std::string& host) {
    in_addr ignored{};
    if (::inet_aton(host.c_str(), &ignored) != 0) return true;
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    const bool numeric = ::getaddrinfo(host.c_str(), nullptr, &hints, &found) == 0;
    if (numeric) ::freeaddrinfo(found);
    return numeric;
}

void check_host(const http_url& url, const guard::url_rules& rules) {
    HOLDS(!url.host.empty() && url.host.size() <= 253);
    HOLDS(std::ranges::none_of(url.host, [](char c) { return c >= 'A' && c <= 'Z'; }));
    if (url.host_is_literal) {
        const auto address = ip_address::parse(url.host);
        HOLDS(address && address->to_string() == url.host);
        return;
    }
    HOLDS(!is_address_to_resolvers(url.host));
    HOLDS(url.host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos);
    if (rules.allow_private_network) return;
    HOLDS(url.host.find('.') != std::string::npos);
    for (const auto* const name : {".localhost", ".local", ".internal", ".arpa", ".onion", ".localdomain"})
        HOLDS(!('.' + url.host).ends_with(name));
}

void check_port(const http_url& url, const guard::url_rules& rules) {
    HOLDS(url.port != 0 && (url.tls || rules.allow_http));
    if (rules.allow_private_network) return;
    const bool listed = std::ranges::find(rules.allow_ports, url.port) != rules.allow_ports.end();
    const bool plain = rules.allow_http && (url.port == 80 || url.port == 8080);
    HOLDS(listed || plain || url.port == 443 || url.port == 8443);
}

/// Another reader of RFC 3986 finds the same host, port and target in it.
void check_other_reader(std::string_view text, const http_url& url) {
    const auto other = boost::urls::parse_uri({text.data(), text.size()});
    HOLDS(other.has_value());
    // Boost.URL 1.81 ends a host at an IPv4 address with which its name begins.
    if (!url.host_is_literal && other->host_type() == boost::urls::host_type::ipv4) return;
    HOLDS(!other->has_userinfo() && !other->has_fragment());
    std::string host(other->encoded_host());
    std::ranges::transform(host, host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (host.starts_with('['))
        HOLDS(ip_address::parse(host.substr(1, host.size() - 2)) == ip_address::parse(url.host));
    else
        HOLDS(host == url.host);
    HOLDS(other->port_number() == 0 ? !other->has_port() : other->port_number() == url.port);
    const std::string target(other->encoded_target());
    HOLDS(url.target == (target.starts_with('/') ? target : '/' + target));
}

void check_accepted(std::string_view text, const http_url& url, const guard::url_rules& rules) {
    HOLDS(text.size() <= 2048 && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; }));
    HOLDS(url.target.starts_with('/') && url.target.find('#') == std::string::npos);
    HOLDS(url.without_query().find('?') == std::string::npos);
    check_host(url, rules);
    check_port(url, rules);
    check_other_reader(text, url);
    const auto canonical = (url.tls ? "https://" : "http://") + url.authority() + url.target;
    if (canonical.size() > 2048) return;  // a '/' that was left out is written in it
    const auto again = guard::parse_url(canonical, rules);
    HOLDS(again && *again == url);
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(url) {
    using namespace postrider;
    using namespace postrider::fuzz;
    const auto loosest = guard::parse_url(input, rules_of(every_rule));
    for (unsigned bits = 0; bits <= every_rule; ++bits) {
        const auto rules = rules_of(bits);
        const auto read = guard::parse_url(input, rules);
        if (!read) {
            HOLDS(!read.error().empty() && read.error().size() < 400);
            continue;
        }
        HOLDS(loosest && *loosest == *read);  // no rule changes what a URL means
        check_accepted(input, *read, rules);
    }
}
