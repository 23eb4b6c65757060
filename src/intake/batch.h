#pragma once

#include "fault.h"
#include "json_scanner.h"

#include <postrider/base/expected.h>

#include <string_view>
#include <vector>

namespace postrider::intake {

/// One event of a request: the members of its object, or why there are none.
using posted_event = expected<std::vector<json_member>, fault>;

/// The one event of `POST /api/events`.
[[nodiscard]] posted_event read_single(std::string_view body);

struct batch_limits {
    std::size_t max_event_bytes = 0;  ///< of one event's text: 413 for that event
    std::size_t max_events = 0;       ///< 413 for all
};

/// The events of a batch in order, or the fault of the whole: not JSON, no array, none, too many.
using posted_batch = expected<std::vector<posted_event>, fault>;
[[nodiscard]] posted_batch read_array(std::string_view body, const batch_limits& limits);
/// NDJSON. Lines of blanks are passed over; what is wrong with a line is its own event's fault.
[[nodiscard]] posted_batch read_lines(std::string_view body, const batch_limits& limits);

}  // namespace postrider::intake
