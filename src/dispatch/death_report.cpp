#include "death_report.h"

#include <postrider/log/log.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::dispatch {

namespace {

/// As much of an endpoint that is gone as an announcement tells.
endpoint_ptr named_after(std::string_view queue_name) {
    const auto dot = std::min(queue_name.find('.'), queue_name.size());
    auto gone = std::make_shared<endpoint>();
    gone->tenant = queue_name.substr(0, dot);
    gone->id = queue_name.substr(std::min(dot + 1, queue_name.size()));
    return gone;
}

}  // namespace

void report_deaths(metrics::registry& metrics, announcer& news, const endpoint_ptr& about,
                   const queue::inspection::ending& why,
                   const std::vector<queue::inspection::death>& deaths) {
    if (deaths.empty()) return;
    const endpoint_ptr of = about ? about : named_after(why.queue_name);
    const std::string_view reason = to_string(why.reason);
    const auto series = metrics.for_endpoint(of->id);
    for (const auto& [head, attempts] : deaths) {
        series->count_dead(reason);
        log::warning("delivery dead", {{"endpoint", of->id},
                                       {"tenant", of->tenant},
                                       {"event_id", head.id},
                                       {"event_type", head.type},
                                       {"reason", reason},
                                       {"attempts", attempts},
                                       {"error", why.error}});
        news.event_died(*of, head, reason, attempts, 0, why.error);
    }
}

}  // namespace postrider::dispatch
