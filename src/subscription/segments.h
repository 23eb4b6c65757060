#pragma once

#include <string_view>

namespace postrider::subscription {

/// Walks the segments between the dots of a pattern or type: "a..b" has three, "" has one.
class segments {
 public:
    explicit segments(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool done() const noexcept { return done_; }

    /// The next segment; not to be called once `done`.
    std::string_view next() noexcept {
        const auto dot = rest_.find('.');
        const auto segment = rest_.substr(0, dot);
        done_ = dot == std::string_view::npos;
        if (!done_) rest_.remove_prefix(dot + 1);
        return segment;
    }

 private:
    std::string_view rest_;
    bool done_ = false;
};

inline constexpr std::string_view one_segment = "*";
inline constexpr std::string_view any_segments = "**";

}  // namespace postrider::subscription
