#pragma once

#include <postrider/base/expected.h>

#include <iosfwd>
#include <string>

namespace postrider::cli {

/// What `--data` stands for: the text itself, the bytes of a file after `@`, or standard input for `-`.
/// Nothing is added or taken away, not even a line end. The error says why it cannot be read.
[[nodiscard]] expected<std::string, std::string> read_data(const std::string& argument, std::istream& in);

/// More is an error: no webhook is that large.
inline constexpr std::size_t max_data_bytes = std::size_t{64} * 1024 * 1024;

}  // namespace postrider::cli
