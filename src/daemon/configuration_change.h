#pragma once

#include <postrider/catalog/trail.h>
#include <postrider/config/config.h>

#include <optional>
#include <string>

namespace postrider::daemon {

/// What a reload changes, for the audit trail: JSON with the names of endpoints and of tokens that were
/// added, changed and removed, at most 50 of each, and of the sections that differ. No value of any. Nothing
/// when they say the same.
[[nodiscard]] std::optional<std::string> describe_configuration_change(const config::settings& before,
                                                                       const config::settings& after);

/// A reload that nobody asked for by the API: "signal", "file".
[[nodiscard]] catalog::change made_by(const char* via);

}  // namespace postrider::daemon
