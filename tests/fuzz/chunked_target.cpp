// Chunked bodies: the same bytes whatever the cutting, and every encoding of a body gives that body.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <http/chunked_body.h>

#include <array>
#include <charconv>
#include <string>

namespace postrider::fuzz {
namespace {

struct told_body {
    bool done = false;
    bool bad = false;
    std::string body;
    std::string behind;
    [[nodiscard]] bool operator==(const told_body&) const = default;
};

told_body read_chunks(std::string_view input, cutting how) {
    using step = http::chunked_body::step;
    http::chunked_body chunks;
    told_body told;
    feed_pieces(input, how, [&](std::string_view bytes) {
        while (!told.done && !told.bad) {
            std::string_view piece;
            const auto made = chunks.next(bytes, piece);
            if (made == step::data) told.body += piece;
            told.done = made == step::done;
            told.bad = made == step::bad;
            if (made == step::need_more) {
                HOLDS(bytes.empty());
                return;
            }
        }
        if (told.done) told.behind += bytes;
    });
    return told;
}

std::string in_chunks(std::string_view body) {
    input_random random(body);
    std::string text;
    while (!body.empty()) {
        const auto size = 1 + random.up_to(body.size() - 1);
        std::array<char, 16> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
        text.append(digits.data(), end).append("\r\n").append(body.substr(0, size)).append("\r\n");
        body.remove_prefix(size);
    }
    return text + "0\r\n\r\n";
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(chunked) {
    using namespace postrider::fuzz;
    const auto told = read_chunks(input, cutting::whole);
    for (const auto how : every_other_cutting)
        HOLDS(read_chunks(input, how) == told);
    HOLDS(told.body.size() + told.behind.size() <= input.size());
    const told_body expected{true, false, std::string(input), "GET"};
    HOLDS(read_chunks(in_chunks(input) + "GET", cutting::anywhere) == expected);
}
