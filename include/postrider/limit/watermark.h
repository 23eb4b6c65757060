#pragma once

namespace postrider::limit {

/// Says when something is full, and, some way below, when there is room again; in between it says what it
/// said, so that it does not flap. Levels are fractions.
class watermark {
 public:
    watermark(double full_at, double room_below) : full_at_(full_at), room_below_(room_below) {}

    /// Takes a level in; gives whether it is full now.
    bool update(double level) noexcept {
        if (level >= full_at_) full_ = true;
        if (level < room_below_) full_ = false;
        return full_;
    }
    [[nodiscard]] bool full() const noexcept { return full_; }

 private:
    double full_at_;
    double room_below_;
    bool full_ = false;
};

}  // namespace postrider::limit
