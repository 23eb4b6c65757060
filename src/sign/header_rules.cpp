#include "header_rules.h"

#include "refuse.h"

#include <postrider/base/ascii.h>
#include <postrider/sign/authenticator.h>

#include <algorithm>
#include <array>

namespace postrider::sign {

namespace {

/// RFC 9110, section 5.6.2.
constexpr bool is_token_letter(char letter) noexcept {
    const char small = ascii::to_lower(letter);
    return (small >= 'a' && small <= 'z') || (letter >= '0' && letter <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(letter) != std::string_view::npos;
}

// Host and framing, hop-by-hop (RFC 9110, section 7.6.1), and what every request of Postrider says itself.
constexpr std::array<std::string_view, 20> reserved_names{"host",
                                                          "content-length",
                                                          "transfer-encoding",
                                                          "connection",
                                                          "keep-alive",
                                                          "proxy-connection",
                                                          "proxy-authenticate",
                                                          "proxy-authorization",
                                                          "te",
                                                          "trailer",
                                                          "upgrade",
                                                          "expect",
                                                          "content-type",
                                                          "content-encoding",
                                                          "user-agent",
                                                          "accept-encoding",
                                                          "traceparent",
                                                          "tracestate",
                                                          "http2-settings",
                                                          "via"};

constexpr std::array<std::string_view, 2> reserved_beginnings{"webhook-", "postrider-"};

}  // namespace

bool same_name(std::string_view left, std::string_view right) noexcept {
    return ascii::equal_ignoring_case(left, right);
}

expected<void, std::string> check_header_name(std::string_view name) {
    if (name.empty()) return refuse("a header's name must not be empty");
    if (!std::all_of(name.begin(), name.end(), is_token_letter)) {
        return refuse("a header's name is made of letters, digits and !#$%&'*+-.^_`|~");
    }
    for (const auto reserved : reserved_names) {
        if (same_name(name, reserved)) {
            return refuse("the header " + std::string(name) + " is set by Postrider or by the connection");
        }
    }
    for (const auto beginning : reserved_beginnings) {
        if (same_name(name.substr(0, beginning.size()), beginning)) {
            return refuse("headers that begin with " + std::string(beginning) + " are set by Postrider");
        }
    }
    return {};
}

expected<void, std::string> check_header_value(std::string_view value) {
    const auto breaks = [](char letter) {
        const auto byte = static_cast<unsigned char>(letter);
        return (byte < 0x20 && letter != '\t') || byte == 0x7f;
    };
    if (std::none_of(value.begin(), value.end(), breaks)) return {};
    return refuse("a header's value must not hold control characters such as line ends");
}

}  // namespace postrider::sign
