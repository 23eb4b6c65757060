#pragma once

#include "answer.h"

#include <postrider/queue/inspection.h>

namespace postrider::admin {

/// With the field names of CONTRACT section 3.
[[nodiscard]] json describe_delivery(const queue::delivery_row& row);
/// With each attempt that the history has, and the body where it is kept.
[[nodiscard]] json describe_delivery(const queue::delivery_detail& detail);
[[nodiscard]] json describe_dead_letter(const queue::dead_letter& letter);

/// `name: value` lines as an object; of a name that is there more than once, the values with ", " between.
[[nodiscard]] json describe_headers(std::string_view lines);

}  // namespace postrider::admin
