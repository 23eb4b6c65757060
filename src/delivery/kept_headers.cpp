#include "kept_headers.h"

#include <postrider/base/ascii.h>
#include <postrider/event/attempt.h>
#include <postrider/sign/authenticator.h>

#include <algorithm>
#include <array>

namespace postrider::delivery {
namespace {

/// A name that holds one of these has a value that nobody should read later.
constexpr std::array<std::string_view, 10> telling_parts{"authorization", "cookie", "credential", "key",
                                                         "password",      "secret", "session",    "signature",
                                                         "token",         "x-auth"};
constexpr std::string_view mask = "***";

bool speaks_of_a_secret(std::string_view lower_name) noexcept {
    return std::ranges::any_of(telling_parts, [&](std::string_view part) {
        return lower_name.find(part) != std::string_view::npos;
    });
}

/// Lines up to the bound.
class kept_lines {
 public:
    void append(std::string_view name, std::string_view value, bool is_secret) {
        if (text_.size() >= attempt_result::max_kept_headers) return;
        text_.append(name).append(": ").append(is_secret ? mask : value).append("\n");
    }
    [[nodiscard]] std::string take() {
        text_.resize(std::min(text_.size(), attempt_result::max_kept_headers));
        return std::move(text_);
    }

 private:
    std::string text_;
};

/// The lines between the request line and the empty line.
std::string_view header_block(std::string_view request) noexcept {
    const auto begin = request.find("\r\n");
    const auto end = request.find("\r\n\r\n");
    if (begin == end) return {};
    return request.substr(begin + 2, end - begin);
}

}  // namespace

std::string kept_request_headers(std::string_view request,
                                 const std::vector<authentication>& authentications) {
    std::vector<std::string> secret_names = sign::header_names(authentications);
    std::ranges::transform(secret_names, secret_names.begin(), ascii::lower_case);
    kept_lines lines;
    auto rest = header_block(request);
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(line.size() + 2);
        const auto name = line.substr(0, line.find(": "));
        const auto lower = ascii::lower_case(name);
        const bool is_secret =
            speaks_of_a_secret(lower) || std::ranges::find(secret_names, lower) != secret_names.end();
        lines.append(name, line.substr(name.size() + 2), is_secret);
    }
    return lines.take();
}

std::string kept_response_headers(const http::response_decoder& response) {
    kept_lines lines;
    for (const auto& [name, value] : response.headers())
        lines.append(name, value, speaks_of_a_secret(ascii::lower_case(name)));
    return lines.take();
}

}  // namespace postrider::delivery
