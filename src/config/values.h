#pragma once

#include "section.h"

#include <postrider/base/clock.h>
#include <postrider/base/secret.h>

#include <cstdint>
#include <optional>
#include <string>

/// Readers of single values. Each gives the value, or reports a fault that says what is allowed and gives
/// nothing. References are replaced first, so that numbers and switches may come from outside too; whether a
/// scalar is quoted makes no difference. A value from outside is never repeated in a fault.
namespace postrider::config {

/// Bytes of what is sent in a header, and of a header's name: more than receivers take.
inline constexpr std::size_t max_credential = 8192;
inline constexpr std::size_t max_header_name = 256;

[[nodiscard]] std::optional<resolved_text> read_text(reading& reading, const item& value);
/// A text of at most so many bytes.
[[nodiscard]] std::optional<std::string> read_short_text(reading& reading, const item& value,
                                                         std::size_t most);
/// 1 to `max_credential` bytes.
[[nodiscard]] std::optional<secret> read_secret(reading& reading, const item& value);
[[nodiscard]] std::optional<bool> read_switch(reading& reading, const item& value);
[[nodiscard]] std::optional<std::uint64_t> read_whole(reading& reading, const item& value,
                                                      std::uint64_t least, std::uint64_t most);
/// Decimal digits with an optional fraction.
[[nodiscard]] std::optional<double> read_number(reading& reading, const item& value, double least,
                                                double most);
/// A number of seconds, kept to the millisecond.
[[nodiscard]] std::optional<milliseconds> read_seconds(reading& reading, const item& value,
                                                       milliseconds least, milliseconds most);
/// A time of RFC 3339.
[[nodiscard]] std::optional<wall_time> read_time(reading& reading, const item& value);

/// The fault of a value: shown when it stands in the file, `allowed` behind it.
void refuse_value(reading& reading, const item& at, const resolved_text& value, const std::string& allowed);

/// Puts what `read` gives for `key` into `target`; leaves it alone when the key is absent or its value at
/// fault. False: the value is at fault.
template <typename Target, typename Read>
bool take(const section& from, std::string_view key, Target& target, const Read& read) {
    const auto found = from.find(key);
    if (!found) return true;
    auto value = read(*found);
    if (value) target = static_cast<Target>(std::move(*value));
    return value.has_value();
}

}  // namespace postrider::config
