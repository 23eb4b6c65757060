#include <postrider/base/ascii.h>
#include <postrider/event/address.h>
#include <postrider/redis/url.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

namespace postrider::redis {
namespace {

// No text below quotes the URL: where its parts are mixed up, any of them may be the password.
using fault = unexpected<std::string>;

constexpr std::string_view allowed_forms =
    "redis://[user[:password]@]host[:port][/db], rediss://... or unix://[user[:password]@]/path[?db=N]";
constexpr std::size_t longest_socket_path = 107;  // of sockaddr_un, without its terminating zero

int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/// Nothing for a broken escape, or for a NUL, which would cut C strings short.
std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        if (at + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[at + 1]);
        const int low = hex_digit(text[at + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return out;
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Decimal without sign and leading zeros, at most `largest`.
std::optional<std::uint32_t> number_of(std::string_view text, std::uint32_t largest) {
    if (!all_digits(text) || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number > largest) return std::nullopt;
    return number;
}

expected<void, std::string> take_database(std::string_view text, location& out) {
    const auto number = number_of(text, 2147483647);
    if (!number) return fault("the database must be a number from 0 to 2147483647");
    out.database = *number;
    return {};
}

expected<void, std::string> take_user(std::string_view text, location& out) {
    const std::size_t colon = text.find(':');
    const auto user = percent_decode(text.substr(0, colon));
    auto password = percent_decode(colon == std::string_view::npos ? "" : text.substr(colon + 1));
    if (!user || !password)
        return fault("user or password has a broken percent escape: allowed are %01 to %FF");
    if (user->empty() && password->empty()) return fault("there is an '@' but neither user nor password");
    out.username = *user;
    out.password = secret(std::move(*password));
    return {};
}

bool valid_name(std::string_view host) {
    if (host.empty() || host.size() > 253 || host.front() == '.' || host.front() == '-') return false;
    if (host.find("..") != std::string_view::npos) return false;
    // Short, octal and the like forms of IPv4 ("127.1") are neither names nor addresses.
    if (all_digits(host.substr(host.rfind('.') + 1))) return false;
    return std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
}

/// Cuts the host off `text`, leaving the port with its colon.
expected<void, std::string> take_host(std::string_view& text, location& out) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        const auto address =
            end == std::string_view::npos ? std::nullopt : ip_address::parse(text.substr(1, end - 1));
        if (!address || !address->v6) return fault("only an IPv6 address may stand in brackets");
        out.host = address->to_string();
        text.remove_prefix(end + 1);
        return {};
    }
    const std::size_t end = std::min(text.find(':'), text.size());
    out.host = ascii::lower_case(text.substr(0, end));
    const auto address = ip_address::parse(out.host);
    if (!(address && !address->v6) && !valid_name(out.host))
        return fault("the host must be a name, an IPv4 address or an IPv6 address in brackets");
    text.remove_prefix(end);
    return {};
}

expected<void, std::string> take_host_and_port(std::string_view text, location& out) {
    if (auto taken = take_host(text, out); !taken) return taken;
    if (text.empty()) return {};
    const auto port = text.front() == ':' ? number_of(text.substr(1), 65535) : std::nullopt;
    if (!port || *port == 0) return fault("the port must be a number from 1 to 65535");
    out.port = static_cast<std::uint16_t>(*port);
    return {};
}

/// The value of the one parameter that is allowed, still encoded.
expected<std::string_view, std::string> only_parameter(std::string_view query, std::string_view name) {
    if (query.find('&') == std::string_view::npos && query.starts_with(name) &&
        query.substr(name.size()).starts_with('='))
        return query.substr(name.size() + 1);
    return fault("the one parameter allowed after '?' is " + std::string(name) + "=, once");
}

expected<void, std::string> take_network_query(std::string_view query, location& out) {
    if (out.kind != location::transport::tls)
        return fault("redis:// takes no parameters; ca_file= belongs to rediss://");
    const auto value = only_parameter(query, "ca_file");
    if (!value) return fault(value.error());
    const auto path = percent_decode(*value);
    if (!path || !path->starts_with('/')) return fault("ca_file must be the absolute path of a PEM file");
    out.ca_file = *path;
    return {};
}

/// The parts of everything behind "scheme://".
struct url_parts {
    std::string_view user;  // without '@'
    bool has_user = false;
    std::string_view authority;
    std::string_view path;
    std::string_view query;
    bool has_query = false;
};

expected<url_parts, std::string> split(std::string_view rest) {
    url_parts parts;
    if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
        parts.query = rest.substr(mark + 1);
        parts.has_query = true;
        rest = rest.substr(0, mark);
    }
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    parts.authority = rest.substr(0, slash);
    parts.path = rest.substr(slash);
    const std::size_t at = parts.authority.find('@');
    if (at != parts.authority.rfind('@') || parts.path.find('@') != std::string_view::npos ||
        parts.query.find('@') != std::string_view::npos)
        return fault(
            "'@' may stand once, behind the user; in a user, password or path write %40 (and %2F for '/')");
    if (at != std::string_view::npos) {
        parts.has_user = true;
        parts.user = parts.authority.substr(0, at);
        parts.authority.remove_prefix(at + 1);
    }
    return parts;
}

expected<location, std::string> parse_network(const url_parts& parts, location out) {
    if (auto taken = take_host_and_port(parts.authority, out); !taken) return fault(taken.error());
    if (parts.path.size() > 1) {
        if (auto taken = take_database(parts.path.substr(1), out); !taken) return fault(taken.error());
    }
    if (parts.has_query) {
        if (auto taken = take_network_query(parts.query, out); !taken) return fault(taken.error());
    }
    return out;
}

expected<location, std::string> parse_unix(const url_parts& parts, location out) {
    const auto path = percent_decode(parts.path);
    if (!parts.authority.empty() || !path || path->size() < 2)
        return fault("a unix socket is given by its absolute path: unix:///path/to/socket");
    if (path->size() > longest_socket_path)
        return fault("the path of a unix socket may have at most 107 bytes");
    out.path = *path;
    if (parts.has_query) {
        const auto value = only_parameter(parts.query, "db");
        if (!value) return fault(value.error());
        if (auto taken = take_database(*value, out); !taken) return fault(taken.error());
    }
    return out;
}

}  // namespace

expected<location, std::string> parse_url(std::string_view text) {
    constexpr std::pair<std::string_view, location::transport> schemes[] = {
        {"redis://", location::transport::tcp},
        {"rediss://", location::transport::tls},
        {"unix://", location::transport::unix_socket}};
    const auto* const scheme =
        std::ranges::find_if(schemes, [&](const auto& known) { return text.starts_with(known.first); });
    if (scheme == std::end(schemes)) return fault("unknown scheme; allowed: " + std::string(allowed_forms));
    const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!printable || text.find_first_of("#\\\"<>^`{|}") != std::string_view::npos)
        return fault("a character that must be percent-encoded; allowed: " + std::string(allowed_forms));

    const auto parts = split(text.substr(scheme->first.size()));
    if (!parts) return fault(parts.error());
    location out;
    out.kind = scheme->second;
    if (parts->has_user) {
        if (auto taken = take_user(parts->user, out); !taken) return fault(taken.error());
    }
    const bool local = out.kind == location::transport::unix_socket;
    return local ? parse_unix(*parts, std::move(out)) : parse_network(*parts, std::move(out));
}

std::string location::display() const {
    if (kind == transport::unix_socket)
        return "unix://" + path + (database == 0 ? "" : "?db=" + std::to_string(database));
    const bool bracketed = host.find(':') != std::string::npos;
    return (kind == transport::tls ? "rediss://" : "redis://") + (bracketed ? "[" + host + "]" : host) + ":" +
           std::to_string(port) + "/" + std::to_string(database);
}

}  // namespace postrider::redis
