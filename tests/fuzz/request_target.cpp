// Requests as clients send them, however the network cuts them: what is accepted has one meaning only.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <postrider/base/ascii.h>
#include <postrider/http/decoder.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <vector>

namespace postrider::fuzz {
namespace {

constexpr std::uint64_t most_body = 4096;

struct told_request {
    http::request request;
    bool keep_alive = false;
    bool expects_continue = false;

    [[nodiscard]] bool operator==(const told_request& other) const {
        return request.method == other.request.method && request.path == other.request.path &&
               request.query == other.request.query && request.headers == other.request.headers &&
               request.body == other.request.body && keep_alive == other.keep_alive &&
               expects_continue == other.expects_continue;
    }
};

struct told_requests {
    std::vector<told_request> requests;
    http::request_decoder::state end = http::request_decoder::state::need_head;
    [[nodiscard]] bool operator==(const told_requests&) const = default;
};

/// Small bounds, so that a fuzzer meets them.
constexpr http::request_decoder::limits narrow{300, 1200};

/// Takes what is complete; gives whether anything was.
bool take_requests(http::request_decoder& decoder, told_requests& told) {
    using state = http::request_decoder::state;
    const auto before = told.requests.size();
    for (told.end = decoder.advance(); told.end == state::have_head || told.end == state::complete;
         told.end = decoder.advance()) {
        if (told.end == state::have_head) {
            decoder.accept_body(most_body);
            continue;
        }
        const bool keep_alive = decoder.keep_alive();
        const bool expects_continue = decoder.expects_continue();
        told.requests.push_back({decoder.take(), keep_alive, expects_continue});
    }
    if (told.end == state::failed) HOLDS(decoder.fault().status >= 400 && decoder.fault().close);
    return told.requests.size() > before;
}

told_requests read_requests(std::string_view input, cutting how,
                            http::request_decoder::limits limits = narrow) {
    http::request_decoder decoder(limits);
    told_requests told;
    feed_pieces(input, how, [&](std::string_view piece) {
        if (told.end == http::request_decoder::state::failed) return;
        decoder.feed(piece);
        take_requests(decoder, told);
    });
    return told;
}

/// Each request by a decoder that saw none before it; `ends` is where they ended.
told_requests read_apart(std::string_view input, http::request_decoder::limits limits,
                         std::vector<std::size_t>& ends) {
    auto decoder = std::make_unique<http::request_decoder>(limits);
    told_requests told;
    for (std::size_t at = 0; at < input.size() && told.end != http::request_decoder::state::failed; ++at) {
        decoder->feed(input.substr(at, 1));
        if (!take_requests(*decoder, told)) continue;
        ends.push_back(at + 1);
        decoder = std::make_unique<http::request_decoder>(limits);
    }
    return told;
}

told_requests read_one_by_one(std::string_view input, http::request_decoder::limits limits,
                              const std::vector<std::size_t>& ends) {
    http::request_decoder decoder(limits);
    told_requests told;
    std::size_t begin = 0;
    const auto feed = [&](std::size_t end) {
        if (begin < end) decoder.feed(input.substr(begin, end - begin));
        take_requests(decoder, told);
        begin = end;
    };
    std::ranges::for_each(ends, feed);
    feed(input.size());
    return told;
}

/// What the decoder remembers of a header makes no difference to what comes behind it on the connection.
void check_memory(std::string_view input, http::request_decoder::limits limits) {
    std::vector<std::size_t> ends;
    const auto told = read_apart(input, limits, ends);
    HOLDS(read_one_by_one(input, limits, ends) == told);
    HOLDS(read_requests(input, cutting::whole, limits) == told);
    HOLDS(read_requests(input, cutting::anywhere, limits) == told);
}

bool is_line_text(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

/// The framing rules of SECURITY section 2, told a second time.
void check_framing(const http::request& request) {
    HOLDS(request.count_headers("Host") == 1 && !request.header("Host").empty());
    const auto encodings = request.count_headers("Transfer-Encoding");
    const auto lengths = request.count_headers("Content-Length");
    HOLDS(encodings + lengths <= 1);
    if (encodings == 1) HOLDS(ascii::equal_ignoring_case(request.header("Transfer-Encoding"), "chunked"));
    if (lengths == 1) HOLDS(request.header("Content-Length") == std::to_string(request.body.size()));
    if (encodings + lengths == 0) HOLDS(request.body.empty());
    HOLDS(request.body.size() <= most_body);
    HOLDS(request.path.starts_with('/') || request.path == "*");
    HOLDS(!request.method.empty() && request.path.find_first_of(" ?#\\") == std::string::npos);
    HOLDS(is_line_text(request.method) && is_line_text(request.path) && is_line_text(request.query));
    for (const auto& [name, value] : request.headers) {
        HOLDS(!name.empty() && name.find_first_of(" \t:") == std::string::npos);
        HOLDS(is_line_text(name) && is_line_text(value));
        HOLDS(!value.starts_with(' ') && !value.ends_with(' ') && !value.ends_with('\t'));
    }
}

/// Written again as any client would, it is the same request: nothing of it has two readings.
void check_again(const http::request& request) {
    std::string text = request.method + ' ' + request.path + (request.query.empty() ? "" : "?") +
                       request.query + " HTTP/1.1\r\n";
    http::request expected = request;
    std::erase_if(expected.headers, [](const auto& header) {
        return ascii::equal_ignoring_case(header.first, "Transfer-Encoding") ||
               ascii::equal_ignoring_case(header.first, "Expect");  // HTTP/1.0 has none
    });
    if (!request.has_header("Content-Length"))
        expected.headers.emplace_back("Content-Length", std::to_string(request.body.size()));
    for (const auto& [name, value] : expected.headers)
        text += name + ": " + value + "\r\n";
    text += "\r\n" + request.body;
    const auto again = read_requests(text, cutting::whole, {});
    HOLDS(again.requests.size() == 1);
    const auto& second = again.requests.front().request;
    HOLDS(second.method == request.method && second.path == request.path && second.query == request.query);
    HOLDS(second.headers == expected.headers && second.body == request.body);
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(request) {
    using namespace postrider::fuzz;
    const auto told = read_requests(input, cutting::whole);
    for (const auto how : every_other_cutting)
        HOLDS(read_requests(input, how) == told);
    for (const auto& one : told.requests) {
        check_framing(one.request);
        // 64 fields may stand there already, and one more would be refused.
        if (one.request.headers.size() < 64) check_again(one.request);
    }
    const std::string text(input);
    check_memory(text + almost(text) + text, narrow);
    // The first header just fits.
    if (const auto end = input.find("\r\n\r\n"); end != std::string_view::npos)
        check_memory(text + almost(text), {narrow.max_start_line, end + 4});
}
