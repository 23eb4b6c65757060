#include "store_context.h"

#include <postrider/log/log.h>

namespace postrider::queue {

void store_context::report_fenced(std::uint32_t partition, std::string_view token) {
    if (!token.empty() && leases.settle_token(partition) == token) leases.on_fenced(partition);
}

void store_context::report_fault(std::string_view kind, std::string_view detail) {
    scripts.metrics.count_stored_fault(kind);
    if (fault_lines_.allow(scripts.time.monotonic_now()))
        log::error("odd entry in the store set aside", {{"kind", kind}, {"detail", detail}});
}

void store_context::report_refusal(script script, std::string_view error) {
    if (refusal_lines_.allow(scripts.time.monotonic_now()))
        log::warning("redis refused a call", {{"script", text_of(script).name}, {"error", error}});
}

void ask_time(const std::shared_ptr<store_context>& context) {
    if (!context->may_call() || !context->redis_time.is_stale()) return;
    const auto note = [context](const redis::call_result& result) {
        if (context->stopped || !result) return;
        const auto seconds = (*result)[0].integer();
        const auto microseconds = (*result)[1].integer();
        if (!seconds || !microseconds) return;
        constexpr std::int64_t second_us = 1'000'000;
        context->redis_time.note(static_cast<std::uint64_t>(*seconds * second_us + *microseconds));
    };
    context->scripts.client.call(redis::command("TIME"), context->generation, note);
}

}  // namespace postrider::queue
