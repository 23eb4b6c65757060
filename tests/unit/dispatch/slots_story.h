#pragma once

#include "hand_clock.h"

#include <postrider/dispatch/slots.h>

#include <gtest/gtest.h>

namespace postrider::dispatch {

using claim = queue::dispatch_port::claim;

/// Slots of a shard that is small enough to fill, and queues of endpoints for them.
class slots_test : public ::testing::Test {
 protected:
    slots_test() { slots_.reopen(); }

    endpoint_queue& queue(const std::string& name, std::uint32_t concurrency = 4) {
        return queue_in(slots_, name, concurrency);
    }

    endpoint_queue& queue_in(slots& of, const std::string& name, std::uint32_t concurrency) {
        endpoint_queue& queue = of.open(name, 7);
        auto settings = std::make_shared<endpoint>();
        settings->concurrency = concurrency;
        settings->retry.delays = {milliseconds(1)};
        queue.endpoint = settings;
        queue.policies.emplace(*settings, clock_.monotonic_now());
        return queue;
    }

    endpoint_queue& limited(const std::string& name, double rate, std::uint32_t burst) {
        endpoint_queue& one = queue(name, 100);
        auto settings = std::make_shared<endpoint>(*one.endpoint);
        settings->rate_limit = rate_settings{rate, burst};
        one.endpoint = settings;
        one.policies.emplace(*settings, clock_.monotonic_now());
        return one;
    }

    std::vector<claim> collect(std::size_t most = 256) {
        std::vector<claim> claims;
        slots_.collect(claims, most, [](const endpoint_queue&) { return true; });
        return claims;
    }

    static monotonic_time at(int milliseconds_from_start) {
        return monotonic_time{} + std::chrono::hours(1) + milliseconds(milliseconds_from_start);
    }

    slot_limits limits_{.in_flight = 20, .bytes = 1000, .claim_at_once = 3, .slow_after = milliseconds(1000)};
    hand_clock clock_;
    slots slots_{limits_, clock_};
};

}  // namespace postrider::dispatch
