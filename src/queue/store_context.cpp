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

}  // namespace postrider::queue
