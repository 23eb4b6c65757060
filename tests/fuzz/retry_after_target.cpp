// Retry-After of receivers: never in the past, never over a day, in whatever form.

#include "fuzz/target.h"

#include <postrider/retry/decision.h>

#include <retry/http_date.h>

#include <algorithm>
#include <chrono>

FUZZ_TARGET(retry_after) {
    using namespace postrider;
    using namespace std::chrono_literals;
    constexpr milliseconds moments[] = {0ms, 784'111'777'000ms, 1'700'000'000'123ms, 253'402'300'799'999ms};
    for (const auto moment : moments) {
        const wall_time now(moment);
        const auto wait = retry::parse_retry_after(input, now);
        HOLDS(wait >= 0ms && wait <= 24h);
        const auto date = retry::parse_http_date(input, now);
        if (date) HOLDS(wait == std::clamp<milliseconds>(*date - now, 0ms, 24h));
        const bool digits =
            !input.empty() && std::ranges::all_of(input, [](char c) { return c >= '0' && c <= '9'; });
        if (digits) HOLDS(!date && wait % 1000ms == 0ms);
        if (digits && input.size() <= 5)
            HOLDS(wait == std::min<milliseconds>(std::chrono::seconds(std::stoi(std::string(input))), 24h));
    }
}
