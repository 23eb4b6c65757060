#include "host.h"

#include <postrider/base/ascii.h>
#include <postrider/event/address.h>
#include <postrider/guard/url.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace postrider::guard {
namespace {

constexpr std::size_t max_url = 2048;

/// A URL cut into its parts; each is a view into the text.
struct url_parts {
    bool tls = true;
    std::string_view host;  ///< with the brackets of an IPv6 literal
    std::optional<std::string_view> port;
    std::string_view target;  ///< from the first '/' or '?'; empty when there is neither
};

using fault = unexpected<std::string>;

/// unreserved, sub-delims, and ":@/?" of RFC 3986 sections 3.3 and 3.4; '%' is looked at by the caller.
bool is_target_character(char c) {
    const char lower = ascii::to_lower(c);
    return ascii::is_digit(c) || (lower >= 'a' && lower <= 'z') ||
           std::string_view{"-._~!$&'()*+,;=:@/?"}.find(c) != std::string_view::npos;
}

bool is_target(std::string_view target) {
    for (std::size_t i = 0; i < target.size(); ++i) {
        if (target[i] == '%') {
            if (target.size() - i < 3 || !ascii::is_hex_digit(target[i + 1]) ||
                !ascii::is_hex_digit(target[i + 2]))
                return false;
            i += 2;
        } else if (!is_target_character(target[i])) {
            return false;
        }
    }
    return true;
}

std::string fault_of_bytes(std::string_view text) {
    if (text.empty()) return "the URL is empty; allowed is https://host/path";
    if (text.size() > max_url) return "the URL is longer than 2048 bytes; allowed are 2048";
    if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; }))
        return "the URL has a space, a control character or a character beyond ASCII; allowed is visible "
               "ASCII: "
               "percent-encode the rest, and write international names with xn--";
    if (text.find('\\') != std::string_view::npos) return "the URL has a backslash; allowed are slashes";
    if (text.find('#') != std::string_view::npos)
        return "the URL has a fragment (#), which is never sent; leave it out";
    return {};
}

expected<url_parts, std::string> split_host(std::string_view authority, url_parts parts) {
    const auto end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
    if (authority.starts_with('[')) {
        if (end == std::string_view::npos)
            return fault("the bracket before the IPv6 address is never closed");
        parts.host = authority.substr(0, end + 1);
        authority.remove_prefix(end + 1);
    } else {
        parts.host = authority.substr(0, end);
        authority.remove_prefix(parts.host.size());
    }
    if (parts.host.empty()) return fault("the URL has no host; allowed is https://host/path");
    if (authority.empty()) return parts;
    if (!authority.starts_with(':'))
        return fault("the IPv6 address is followed by something that is no port");
    parts.port = authority.substr(1);
    return parts;
}

expected<url_parts, std::string> split(std::string_view text) {
    url_parts parts;
    const auto scheme_end = text.find("://");
    const auto scheme = ascii::lower_case(text.substr(0, std::min(scheme_end, text.size())));
    if (scheme_end == std::string_view::npos || (scheme != "https" && scheme != "http"))
        return fault("the URL does not begin with https://; allowed is https, and http with \"allow_http\"");
    parts.tls = scheme == "https";
    text.remove_prefix(scheme_end + 3);
    const auto authority = text.substr(0, text.find_first_of("/?"));
    parts.target = text.substr(authority.size());
    if (authority.find('@') != std::string_view::npos)
        return fault("the URL has a user name or password before its host; use \"authentication\" instead");
    if (authority.find('%') != std::string_view::npos)
        return fault("the host has a percent sign; allowed are plain names and addresses without a zone");
    return split_host(authority, parts);
}

/// Sets host and host_is_literal, or says what is wrong.
std::string read_host(std::string_view text, const url_rules& rules, http_url& url) {
    if (text.starts_with('[')) {
        const auto address = ip_address::parse(text.substr(1, text.size() - 2));
        if (!address || !address->v6) return "what is in brackets is not an IPv6 address";
        url.host = address->to_string();
        url.host_is_literal = true;
        return {};
    }
    url.host = ascii::lower_case(text);
    const auto address = ip_address::parse(text);
    if (address && !address->v6) {
        url.host_is_literal = true;
        return {};
    }
    return fault_of_host_name(url.host, rules.allow_private_network);
}

std::string read_port(const url_parts& parts, const url_rules& rules, http_url& url) {
    url.port = parts.tls ? 443 : 80;
    if (parts.port) {
        const auto text = *parts.port;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), url.port);
        if (error != std::errc{} || end != text.data() + text.size() || url.port == 0 ||
            text.starts_with('0'))
            return "the port is not a number from 1 to 65535 without leading zeros";
    }
    const bool allowed = rules.allow_private_network || url.port == 443 || url.port == 8443 ||
                         (rules.allow_http && (url.port == 80 || url.port == 8080)) ||
                         std::ranges::find(rules.allow_ports, url.port) != rules.allow_ports.end();
    if (allowed) return {};
    return "the port is not allowed; allowed are 443 and 8443, 80 and 8080 with \"allow_http\", those of "
           "\"egress.allow_ports\", and any with \"allow_private_network\"";
}

}  // namespace

expected<http_url, std::string> parse_url(std::string_view text, const url_rules& rules) {
    if (auto wrong = fault_of_bytes(text); !wrong.empty()) return fault(std::move(wrong));
    const auto parts = split(text);
    if (!parts) return fault(parts.error());
    if (!parts->tls && !rules.allow_http)
        return fault("the URL is plain http; allowed is https, or set \"allow_http\"");
    http_url url;
    url.tls = parts->tls;
    if (auto wrong = read_host(parts->host, rules, url); !wrong.empty()) return fault(std::move(wrong));
    if (auto wrong = read_port(*parts, rules, url); !wrong.empty()) return fault(std::move(wrong));
    if (!is_target(parts->target))
        return fault(
            "the path or query has a character that must be percent-encoded, or a percent sign without "
            "two hexadecimal digits");
    url.target =
        parts->target.starts_with('/') ? std::string(parts->target) : '/' + std::string(parts->target);
    return url;
}

}  // namespace postrider::guard
