// The daemon as it is, but for one thing: it kills itself at the Nth call to Redis, counted over all of its
// connections from its start. POSTRIDER_DIE_BEFORE_CALL=N: before the call is written.
// POSTRIDER_DIE_AFTER_REPLY=N: when Redis did it and its reply was read, and nobody was told.

#include "redis/fault_points.h"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>

namespace postrider::redis::fault_points {
namespace {

/// Counts down to 0 and dies there; without a number in its variable, never.
class countdown {
 public:
    explicit countdown(const char* variable) noexcept {
        const char* const number = std::getenv(variable);
        if (number != nullptr) left_ = std::strtoll(number, nullptr, 10);
    }
    void step() noexcept {
        if (left_.fetch_sub(1) == 1) std::raise(SIGKILL);
    }

 private:
    std::atomic<std::int64_t> left_{0};
};

countdown calls("POSTRIDER_DIE_BEFORE_CALL");
countdown replies("POSTRIDER_DIE_AFTER_REPLY");

}  // namespace

void before_call() noexcept {
    calls.step();
}

void after_reply() noexcept {
    replies.step();
}

}  // namespace postrider::redis::fault_points
