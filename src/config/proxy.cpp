#include "proxy.h"

#include <postrider/base/ascii.h>
#include <postrider/base/encoding.h>
#include <postrider/guard/url.h>

#include <algorithm>
#include <charconv>

namespace postrider::config {
namespace {

constexpr std::string_view scheme = "http://";

/// Nothing for a broken escape, for what Basic cannot carry, and for what could end this part of a URL
/// elsewhere: nobody shall read it in another way.
std::optional<std::string> decode(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned byte = static_cast<unsigned char>(text[at]);
        if (std::string_view("@/?#\\").find(text[at]) != std::string_view::npos) return std::nullopt;
        if (text[at] == '%') {
            const auto digits = text.substr(at + 1, 2);
            if (digits.size() < 2 || !std::ranges::all_of(digits, ascii::is_hex_digit)) return std::nullopt;
            std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
            at += 2;
        }
        if (byte < 0x20 || byte == 0x7f) return std::nullopt;
        out.push_back(static_cast<char>(byte));
    }
    return out;
}

/// "user:password" as Basic carries it (RFC 7617): the first colon ends the user.
std::optional<secret> read_credentials(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto user = decode(text.substr(0, colon));
    auto password = decode(text.substr(colon + 1));
    if (!user || !password || user->empty() || user->find(':') != std::string::npos) return std::nullopt;
    const secret hidden(std::move(*password));
    std::string both = *user + ':';
    both += hidden.reveal();
    const secret pair(std::move(both));
    return secret("Basic " + to_base64(bytes_of(pair.reveal())));
}

}  // namespace

std::optional<forward_proxy> parse_proxy(std::string_view text) {
    if (ascii::lower_case(text.substr(0, scheme.size())) != scheme) return std::nullopt;
    text.remove_prefix(scheme.size());
    forward_proxy proxy;
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        auto credentials = read_credentials(text.substr(0, at));
        if (!credentials) return std::nullopt;
        proxy.credentials = std::move(*credentials);
        text.remove_prefix(at + 1);
    }
    guard::url_rules rules;
    rules.allow_http = true;
    rules.allow_private_network = true;  // it is the operator's, and most often inside
    auto url = guard::parse_url(std::string(scheme) + std::string(text), rules);
    if (!url || url->target != "/") return std::nullopt;
    proxy.at = std::move(*url);
    return proxy;
}

std::optional<forward_proxy> read_proxy(reading& reading, const section& egress) {
    bool resolves = false;
    take(egress, "proxy_resolves", resolves, [&](const item& value) { return read_switch(reading, value); });
    const auto written = egress.find("proxy");
    if (!written) return std::nullopt;
    auto text = read_text(reading, *written);
    if (!text || text->text.empty()) return std::nullopt;
    const secret url(std::move(text->text));
    auto proxy = parse_proxy(url.reveal());
    if (proxy)
        proxy->resolves_names = resolves;
    else
        add_fault(
            reading, *written,
            "is no proxy; allowed is http://[user:password@]host[:port], with characters such as '@', ':' "
            "and '/' of user and password percent-encoded");
    return proxy;
}

}  // namespace postrider::config
