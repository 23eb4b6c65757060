#include "exposition.h"

#include <postrider/metrics/registry.h>

#include <sstream>

namespace postrider::metrics {

std::map<std::string, std::string> series_of(const registry& registry) {
    std::map<std::string, std::string> series;
    std::istringstream text(registry.render());
    for (std::string line; std::getline(text, line);) {
        if (line.empty() || line.front() == '#') continue;
        const auto blank = line.rfind(' ');
        series[line.substr(0, blank)] = line.substr(blank + 1);
    }
    return series;
}

}  // namespace postrider::metrics
