#include "endpoint_state.h"

namespace postrider::admin {

endpoint_state state_of(const endpoint& endpoint, const standing& standing) {
    using disablement = standing::disablement;
    if (!endpoint.enabled) return {"disabled", "operator", std::nullopt};
    const bool same_url = standing.url_text.empty() || standing.url_text == url_mark(endpoint.url_text);
    if (standing.disabled == disablement::gone && same_url) return {"disabled", "gone", standing.since};
    if (standing.disabled == disablement::failing && same_url) return {"disabled", "failing", standing.since};
    if (awaits_verification(endpoint, standing)) return {"disabled", "unverified", std::nullopt};
    if (standing.paused) return {"paused", {}, standing.since};
    return {};
}

standing find_standing(const standings_ptr& standings, const endpoint& endpoint) {
    if (!standings) return {};
    const auto found = standings->find(endpoint.queue_name());
    return found == standings->end() ? standing{} : found->second;
}

}  // namespace postrider::admin
