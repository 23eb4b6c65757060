#pragma once

#include "api.h"
#include "command.h"

#include <string>

namespace postrider::cli {

/// One line that shows how far a job is, at most `width` columns:
/// `[#####-----]  50 %  500 of 1,000, 3 skipped`.
[[nodiscard]] std::string progress_line(const json& job, std::size_t width);

/// Follows a job to its end, drawing its progress on a terminal's error stream, and gives the job as it
/// ended. A daemon that is away for less than a minute is waited for: its job goes on when it is back.
[[nodiscard]] expected<json, api_failure> follow_job(const api& api, const std::string& id,
                                                     const context& context);

}  // namespace postrider::cli
