#pragma once

#include <map>
#include <string>

namespace postrider::metrics {

class registry;

/// What `render` shows, by series: `name{label="value"}`, labels as they stand there. Comments are left out.
[[nodiscard]] std::map<std::string, std::string> series_of(const registry& registry);

}  // namespace postrider::metrics
