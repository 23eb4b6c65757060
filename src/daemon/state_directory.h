#pragma once

#include <postrider/base/clock.h>

#include <cstdlib>
#include <string>

namespace postrider::daemon {

/// The redis-server of a process that was killed finishes its writes first.
constexpr milliseconds orphan_ends_within{10000};

/// Of the embedded Redis: as told, else what systemd made for the service, else beside where it was started.
[[nodiscard]] inline std::string state_directory_of(const std::string& told) {
    if (!told.empty()) return told;
    const char* const of_systemd = std::getenv("STATE_DIRECTORY");
    return of_systemd != nullptr && *of_systemd != '\0' ? of_systemd : "postrider-state";
}

}  // namespace postrider::daemon
