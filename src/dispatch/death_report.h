#pragma once

#include "announcer.h"

#include <postrider/metrics/registry.h>
#include <postrider/queue/inspection.h>

#include <vector>

namespace postrider::dispatch {

/// Says of each delivery that ended in the store, without an attempt that settled it, what is said of any
/// other death: counted, logged, announced. `about` is null for an endpoint that is gone.
void report_deaths(metrics::registry& metrics, announcer& news, const endpoint_ptr& about,
                   const queue::inspection::ending& why, const std::vector<queue::inspection::death>& deaths);

}  // namespace postrider::dispatch
