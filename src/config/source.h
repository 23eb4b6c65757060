#pragma once

#include <postrider/base/expected.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::config {

/// Reads a regular file of at most `most` bytes, without ever waiting on a pipe or device. The error says
/// what is wrong and names nothing of the content.
[[nodiscard]] expected<std::string, std::string> read_file(const std::string& path, std::size_t most);

/// The first byte of `text` that is no UTF-8, or a control character other than tab and line ends;
/// npos when there is none. The YAML parser would end the file at some of these, silently.
[[nodiscard]] std::size_t find_unprintable(std::string_view text) noexcept;

}  // namespace postrider::config
