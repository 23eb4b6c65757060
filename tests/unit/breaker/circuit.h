#pragma once

#include <postrider/breaker/breaker.h>

#include <string_view>

namespace postrider::breaker {

/// A breaker with the clock at hand.
struct circuit {
    explicit circuit(const breaker_settings& settings = {}) : under_test(settings) {}

    /// One attempt, begun and ended now, for each letter: S success, F failure, N none. The last change.
    breaker::change attempt(std::string_view letters) {
        auto last = breaker::change::none;
        for (const char letter : letters) {
            const auto begun = under_test.begin(now);
            last = under_test.end(begun, verdict_of(letter), now);
        }
        return last;
    }
    static verdict verdict_of(char letter) {
        return letter == 'S' ? verdict::success : letter == 'F' ? verdict::failure : verdict::none;
    }
    [[nodiscard]] std::uint32_t room() const { return under_test.room(now); }
    [[nodiscard]] circuit_state state() const { return under_test.state(now); }
    /// Lets an open circuit's time come.
    void wait_until_probe() { now = *under_test.opens_at(); }

    monotonic_time now{std::chrono::hours(5)};
    breaker under_test;
};

}  // namespace postrider::breaker
