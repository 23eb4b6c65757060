#pragma once

#include "api.h"

#include <postrider/base/clock.h>

#include <string>
#include <utility>
#include <vector>

namespace postrider::cli {

/// A member of an answer as a cell: a text as it is, a number in digits, `-` for null and for what is not
/// there.
[[nodiscard]] std::string field(const json& row, const char* name);

/// An RFC 3339 member as the time from or until now in its largest unit: `12s`, `3h`, `in 5m`; `-` for null.
[[nodiscard]] std::string age(const json& row, const char* name, wall_time now);

/// Whole numbers with their thousands apart: `1,234,567`.
[[nodiscard]] std::string grouped(std::uint64_t number);
/// A member that is a whole number, so; `-` for null.
[[nodiscard]] std::string grouped(const json& row, const char* name);

/// Names and values, one a line, the values below one another; what could steer a terminal is escaped.
[[nodiscard]] std::string list_of(const std::vector<std::pair<std::string, std::string>>& lines);

}  // namespace postrider::cli
