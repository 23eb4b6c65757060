#pragma once

#include <postrider/base/clock.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace postrider::breaker {

/// When many endpoints become unreachable at the same moment and none answers, the fault is ours (a cut
/// uplink, a dead name server), and no circuit shall open for it. Pure; `shared_fault_storm` is the
/// process's.
///
/// A storm: within the last `span`, at least `least_endpoints` different endpoints were unreachable (no name,
/// no connection) and not one gave an answer. It ends with the first answer, or when the span has passed
/// without news.
class fault_storm {
 public:
    static constexpr milliseconds span{10000};
    static constexpr std::size_t least_endpoints = 20;

    void note_unreachable(std::string_view endpoint, monotonic_time now);
    void note_answer(monotonic_time now);
    [[nodiscard]] bool is_on(monotonic_time now) const;

 private:
    std::unordered_map<std::string, monotonic_time> unreachable_;  ///< at most `most_remembered`
    monotonic_time last_answer_{monotonic_time::min()};
    static constexpr std::size_t most_remembered = 10 * least_endpoints;
};

}  // namespace postrider::breaker
