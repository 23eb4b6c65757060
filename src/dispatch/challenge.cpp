#include "challenge.h"

#include <postrider/base/digest.h>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace postrider::dispatch {

namespace {

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = std::min(text.find_first_not_of(blanks), text.size());
    const auto last = text.find_last_not_of(blanks);
    return last == std::string_view::npos ? std::string_view() : text.substr(first, last + 1 - first);
}

}  // namespace

std::string challenge_data(std::string_view challenge) {
    return R"({"challenge":")" + std::string(challenge) + "\"}";
}

bool repeats(std::string_view body, std::string_view challenge) {
    const auto text = without_blanks(body);
    if (equal_constant_time(text, challenge)) return true;
    const auto answer = nlohmann::json::parse(text, nullptr, false);
    if (!answer.is_object()) return false;
    const auto found = answer.find("challenge");
    return found != answer.end() && found->is_string() &&
           equal_constant_time(found->get_ref<const std::string&>(), challenge);
}

}  // namespace postrider::dispatch
