#pragma once

#include <postrider/base/random.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The header `traceparent` of W3C Trace Context, level 1: with which trace an event came, and the spans that
/// its attempts are in it.
namespace postrider {

/// The parts of a `traceparent`, in lower-case hexadecimal digits as they stand in it.
struct trace_parent {
    std::string_view version;    ///< 2 digits, not ff
    std::string_view trace_id;   ///< 32 digits, not all 0
    std::string_view parent_id;  ///< 16 digits, not all 0: the span that the event was posted in
    std::string_view flags;      ///< 2 digits; the lowest bit says that the trace is recorded
};

/// The parts, as views into `text`; nothing for what is no `traceparent` of 55 characters.
[[nodiscard]] std::optional<trace_parent> read_traceparent(std::string_view text) noexcept;

/// A random span id, never 0.
[[nodiscard]] std::uint64_t new_span_id(random_source& random);

/// 16 hexadecimal digits, without a heap.
class span_text {
 public:
    explicit span_text(std::uint64_t span_id) noexcept;
    [[nodiscard]] std::string_view text() const noexcept { return {digits_.data(), digits_.size()}; }

 private:
    std::array<char, 16> digits_;
};

/// The `traceparent` that an attempt sends: the same trace, the attempt as the span in it. Flags are kept;
/// those of a version that is not known but for the lowest, as the standard wants.
void append_traceparent(std::string& out, const trace_parent& of, std::uint64_t span_id);

}  // namespace postrider
