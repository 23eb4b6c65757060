#pragma once

#include "section.h"

#include <postrider/config/config.h>

namespace postrider::config {

/// Reads which Redis it is: `url`, `sentinel` or `cluster`, one of them or none.
void read_redis_source(reading& reading, const section& redis, redis_settings& settings);

}  // namespace postrider::config
