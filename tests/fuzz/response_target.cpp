// Responses of receivers, however the network cuts them: a connection serves again only when both sides
// surely agree about where the response ended.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <postrider/base/ascii.h>
#include <postrider/event/attempt.h>
#include <postrider/http/decoder.h>
#include <postrider/retry/decision.h>

#include <delivery/kept_headers.h>

#include <algorithm>

namespace postrider::fuzz {
namespace {

using response_state = http::response_decoder::state;

struct told_response {
    response_state state = response_state::need_more;
    response_state at_end = response_state::need_more;
    bool reusable = false;
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string kept;
    [[nodiscard]] bool operator==(const told_response&) const = default;
};

constexpr http::response_decoder::limits narrow_response{1200, 2048, 100, 3};

void check_head(const http::response_decoder& decoder) {
    HOLDS(decoder.status() >= 200 && decoder.status() <= 599);
    HOLDS(decoder.headers().size() <= 100);
    std::size_t lengths = 0;
    for (const auto& [name, value] : decoder.headers()) {
        HOLDS(!name.empty() && value.find_first_of("\r\n") == std::string_view::npos);
        if (ascii::equal_ignoring_case(name, "Content-Length") ||
            ascii::equal_ignoring_case(name, "Transfer-Encoding"))
            ++lengths;
    }
    HOLDS(lengths <= 1);
}

/// What there is to say of it so far.
told_response tell(const http::response_decoder& decoder, response_state state) {
    told_response told;
    told.state = state;
    told.reusable = decoder.reusable();
    HOLDS(!told.reusable || told.state == response_state::complete);
    HOLDS(decoder.body_prefix().size() <= narrow_response.max_kept);
    HOLDS(told.state != response_state::failed || (!decoder.have_head() && !decoder.fault().empty()));
    told.status = decoder.status();
    told.body = decoder.body_prefix();
    if (!decoder.have_head()) return told;
    check_head(decoder);
    for (const auto& [name, value] : decoder.headers())
        told.headers.emplace_back(name, value);
    told.kept = delivery::kept_response_headers(decoder);
    HOLDS(told.kept.size() <= attempt_result::max_kept_headers);
    return told;
}

told_response read_response(http::response_decoder& decoder, std::string_view input, cutting how) {
    auto state = response_state::need_more;
    feed_pieces(input, how, [&](std::string_view piece) { state = decoder.feed(piece); });
    return tell(decoder, state);
}

told_response read_response(std::string_view input, cutting how) {
    http::response_decoder decoder(narrow_response);
    auto told = read_response(decoder, input, how);
    told.at_end = decoder.feed_eof();
    HOLDS(told.at_end != response_state::need_more && !decoder.reusable());
    HOLDS(tell(decoder, told.at_end).status == told.status);
    return told;
}

/// What the decoder remembers of a header makes no difference to the next response on the connection.
void check_memory(std::string_view first, std::string_view second) {
    for (const auto how : {cutting::whole, cutting::by_bytes, cutting::anywhere}) {
        http::response_decoder used(narrow_response);
        for (const auto response : {first, second, first}) {
            http::response_decoder fresh(narrow_response);
            const auto told = read_response(fresh, response, how);
            HOLDS(read_response(used, response, how) == told);
            if (!told.reusable) return;
            used.reset();
        }
    }
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(response) {
    using namespace postrider;
    using namespace postrider::fuzz;
    const auto told = read_response(input, cutting::whole);
    for (const auto how : every_other_cutting)
        HOLDS(read_response(input, how) == told);
    if (told.reusable) {
        // One byte behind it, and nobody knows whose answer comes next.
        const auto longer = read_response(std::string(input) + 'H', cutting::whole);
        HOLDS(!longer.reusable && longer.status == told.status);
        check_memory(input, almost(input));
    }
}
