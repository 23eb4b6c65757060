#pragma once

#include <postrider/log/log.h>

#include <string_view>

namespace postrider::log {

/// Whether standard error is a stream of the journal's: JOURNAL_STREAM names its device and inode, and may be
/// left from a parent whose output went elsewhere.
[[nodiscard]] bool writes_to_journal() noexcept;

/// What the journal reads at the beginning of a line, from sd-daemon(3).
[[nodiscard]] std::string_view journal_priority(level level) noexcept;

}  // namespace postrider::log
