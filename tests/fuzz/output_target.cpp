// Texts of strangers on their way into logs, answers and terminals: one line stays one line, JSON stays JSON,
// and nothing steers a terminal.

#include "fuzz/target.h"

#include <postrider/http/message.h>
#include <postrider/http/utf8.h>

#include <cli/terminal_text.h>
#include <log/line.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace postrider::fuzz {
namespace {

bool is_plain_line(std::string_view text) {
    return std::ranges::none_of(text,
                                [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void check_line(std::string_view text) {
    const wall_time now(milliseconds(1'700'000'000'000));
    for (const auto format : {log::format::json, log::format::text}) {
        log::line_buffer rendered;
        log::render_line(rendered, {}, format, now, log::level::info, text, {{"field", text}});
        const std::string_view line = rendered.text();
        HOLDS(line.ends_with('\n') && is_plain_line(line.substr(0, line.size() - 1)));
        if (format != log::format::json) continue;
        const auto read = nlohmann::json::parse(line, nullptr, false);
        HOLDS(read.is_object() && read.size() == (text.empty() ? 3U : 4U));
    }
}

void check_answer(std::string_view text) {
    const auto answer = http::problem(400, "code", text);
    HOLDS(is_plain_line(answer.body));
    const auto read = nlohmann::json::parse(answer.body, nullptr, false);
    HOLDS(read.is_object() && read.size() == 5 && read["status"] == 400);
}

void check_terminal(std::string_view text) {
    const auto shown = cli::printable(text);
    HOLDS(is_plain_line(shown) && shown.size() <= 4 * text.size());
    auto rest = std::string_view(shown);
    while (!rest.empty()) {
        const auto length = http::utf8_sequence_length(rest);
        HOLDS(length > 0);
        rest.remove_prefix(length);
    }
    HOLDS(cli::columns_of(cli::cut_to(shown, 20)) <= 20);
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(output) {
    using namespace postrider::fuzz;
    check_line(input);
    check_answer(input);
    check_terminal(input);
}
