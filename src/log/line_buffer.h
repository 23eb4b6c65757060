#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::log {

/// A line while it is put together of many short pieces, each of which costs next to nothing here: a string
/// asks of each whether it must grow, and calls for it.
class line_buffer {
 public:
    void push_back(char letter) {
        if (used_ == room_.size()) spill();
        room_[used_++] = letter;
    }
    void append(std::string_view text) {
        if (text.size() > room_.size() - used_) {
            spill();
            if (text.size() > room_.size()) {
                spilled_.append(text);
                return;
            }
        }
        used_ += text.copy(room_.data() + used_, text.size());
    }

    /// All of it, until the next change.
    [[nodiscard]] std::string_view text() {
        if (spilled_.empty()) return {room_.data(), used_};
        spill();
        return spilled_;
    }

 private:
    void spill() {
        spilled_.append(room_.data(), used_);
        used_ = 0;
    }

    std::array<char, 1024> room_;  // most lines have less
    std::size_t used_ = 0;
    std::string spilled_;
};

}  // namespace postrider::log
