#pragma once

#include <postrider/base/random.h>

#include <cstdint>

namespace postrider::retry {

/// Always the same number, so that a test can say what comes out to the millisecond.
class fixed_random final : public random_source {
 public:
    explicit fixed_random(std::uint64_t value) : value_(value) {}
    std::uint64_t next() override { return value_; }

 private:
    std::uint64_t value_;
};

}  // namespace postrider::retry
