#include <postrider/retry/decision.h>

#include <algorithm>

namespace postrider::retry {
namespace {

enum class response_class : std::uint8_t { success, retriable, gone, terminal };

bool names(const std::vector<std::uint16_t>& sorted_codes, std::uint16_t status) {
    return std::ranges::binary_search(sorted_codes, status);
}

/// The first question: is this failure one that is retried at all?
response_class classify_response(const attempt_result& result, const retry_settings& settings) {
    if (result.error != transport_error::none) return response_class::retriable;
    const auto status = result.status;
    if (status >= 200 && status < 300) return response_class::success;
    const auto refused = status == 410 ? response_class::gone : response_class::terminal;
    if (names(settings.terminal_status_codes, status)) return refused;
    if (names(settings.retryable_status_codes, status)) return response_class::retriable;
    const bool client_error = status >= 400 && status < 500;
    return client_error && status != 408 && status != 429 ? refused : response_class::retriable;
}

/// Whether `delay` from now lies behind the end of the delivery's life.
bool outlives(const attempt_context& context, milliseconds delay, const retry_settings& settings) {
    return settings.max_age && context.now - context.accepted_at > *settings.max_age - delay;
}

outcome dead(dead_reason reason) {
    return {outcome::kind::dead, milliseconds::zero(), reason};
}

/// The second question: may it be retried now, and when?
outcome plan_retry(const attempt_result& result, const attempt_context& context,
                   const retry_settings& settings, random_source& random) {
    const std::size_t retry = std::max(context.attempt, 1U) - 1U;
    if (retry >= settings.delays.size()) return dead(dead_reason::attempts_exhausted);
    auto delay = std::max(settings.delays[retry], parse_retry_after(result.retry_after, context.now));
    if (settings.jitter) delay = with_jitter(delay, random);
    if (outlives(context, delay, settings)) return dead(dead_reason::expired);
    return {outcome::kind::retry, delay, {}};
}

}  // namespace

outcome decide(const attempt_result& result, const attempt_context& context, const retry_settings& settings,
               random_source& random) {
    switch (classify_response(result, settings)) {
        case response_class::success:
            return {};
        case response_class::gone:
            return dead(dead_reason::gone);
        case response_class::terminal:
            return dead(dead_reason::terminal_status);
        case response_class::retriable:
            break;
    }
    return plan_retry(result, context, settings, random);
}

std::optional<dead_reason> check_before_attempt(const attempt_context& context,
                                                const retry_settings& settings) {
    if (outlives(context, milliseconds::zero(), settings)) return dead_reason::expired;
    if (context.attempt <= settings.delays.size() + 1) return std::nullopt;
    return context.after_interruption ? dead_reason::interrupted : dead_reason::attempts_exhausted;
}

}  // namespace postrider::retry
