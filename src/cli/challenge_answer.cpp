#include "challenge_answer.h"

#include <nlohmann/json.hpp>

namespace postrider::cli {

std::optional<std::string> challenge_in(std::string_view body) {
    constexpr std::string_view type = "postrider.endpoint.verification";
    if (body.find(type) == std::string_view::npos) return std::nullopt;
    const auto event = nlohmann::json::parse(body, nullptr, false);
    if (!event.is_object() || event.value("type", nlohmann::json()) != type) return std::nullopt;
    const auto data = event.value("data", nlohmann::json());
    const auto challenge = data.is_object() ? data.value("challenge", nlohmann::json()) : nlohmann::json();
    if (!challenge.is_string()) return std::nullopt;
    return challenge.get<std::string>();
}

}  // namespace postrider::cli
