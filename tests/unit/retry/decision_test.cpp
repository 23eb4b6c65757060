#include "fixed_random.h"

#include <postrider/retry/decision.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>

namespace postrider::retry {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
using kind = outcome::kind;

const wall_time accepted = sys_days(2026y / January / 31) + 12h;

retry_settings plain() {
    retry_settings settings;
    settings.delays = {5s, 300s, 1800s};
    settings.jitter = false;
    return settings;
}

attempt_result answered(std::uint16_t status, std::string retry_after = {}) {
    attempt_result result;
    result.status = status;
    result.retry_after = std::move(retry_after);
    return result;
}

attempt_result failed(transport_error error) {
    attempt_result result;
    result.error = error;
    return result;
}

outcome decide_plain(const attempt_result& result, std::uint32_t attempt = 1,
                     const retry_settings& settings = plain(), milliseconds age = 0s) {
    fixed_random random(0);
    return decide(result, {attempt, accepted, accepted + age}, settings, random);
}

outcome retry_in(milliseconds delay) {
    return {kind::retry, delay, {}};
}
outcome dead(dead_reason reason) {
    return {kind::dead, 0ms, reason};
}

bool equal(const outcome& left, const outcome& right) {
    return left.what == right.what && (left.what != kind::retry || left.delay == right.delay) &&
           (left.what != kind::dead || left.reason == right.reason);
}

TEST(Decision, EveryStatusByDefault) {
    for (std::uint16_t status = 0; status < 1000; ++status) {
        const auto result = decide_plain(answered(status));
        if (status >= 200 && status < 300) {
            EXPECT_EQ(result.what, kind::delivered) << status;
        } else if (status == 410) {
            EXPECT_TRUE(equal(result, dead(dead_reason::gone))) << status;
        } else if (status >= 400 && status < 500 && status != 408 && status != 429) {
            EXPECT_TRUE(equal(result, dead(dead_reason::terminal_status))) << status;
        } else {
            EXPECT_TRUE(equal(result, retry_in(5s))) << status;
        }
    }
}

TEST(Decision, EveryTransportErrorIsRetriedWhateverTheStatus) {
    for (const auto error :
         {transport_error::blocked, transport_error::dns, transport_error::connect,
          transport_error::connect_timeout, transport_error::tls, transport_error::timeout,
          transport_error::disconnected, transport_error::protocol, transport_error::local}) {
        auto result = failed(error);
        EXPECT_TRUE(equal(decide_plain(result), retry_in(5s))) << to_string(error);
        result.status = 200;
        EXPECT_TRUE(equal(decide_plain(result), retry_in(5s))) << to_string(error);
        result.status = 404;
        EXPECT_TRUE(equal(decide_plain(result), retry_in(5s))) << to_string(error);
    }
}

TEST(Decision, ListsOverrideTheDefaultBothWays) {
    auto settings = plain();
    settings.retryable_status_codes = {404, 409, 410};
    settings.terminal_status_codes = {301, 429, 503};
    EXPECT_TRUE(equal(decide_plain(answered(404), 1, settings), retry_in(5s)));
    EXPECT_TRUE(equal(decide_plain(answered(409), 1, settings), retry_in(5s)));
    EXPECT_TRUE(equal(decide_plain(answered(410), 1, settings), retry_in(5s)));
    EXPECT_TRUE(equal(decide_plain(answered(403), 1, settings), dead(dead_reason::terminal_status)));
    for (const std::uint16_t status : std::vector<std::uint16_t>{301, 429, 503})
        EXPECT_TRUE(equal(decide_plain(answered(status), 1, settings), dead(dead_reason::terminal_status)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 1, settings), retry_in(5s)));
}

TEST(Decision, GoneStaysGoneWhenNamedTerminal) {
    auto settings = plain();
    settings.terminal_status_codes = {410};
    EXPECT_TRUE(equal(decide_plain(answered(410), 1, settings), dead(dead_reason::gone)));
}

TEST(Decision, SuccessIsDeliveredWhateverTheListsSay) {
    auto settings = plain();
    settings.retryable_status_codes = {200, 204};
    settings.terminal_status_codes = {200, 202};
    settings.max_age = 1s;
    for (const std::uint16_t status : std::vector<std::uint16_t>{200, 202, 204, 299})
        EXPECT_EQ(decide_plain(answered(status), 9, settings, 1h).what, kind::delivered);
}

TEST(Decision, FollowsTheTableAndEndsWithIt) {
    EXPECT_TRUE(equal(decide_plain(answered(500), 1), retry_in(5s)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 2), retry_in(300s)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 3), retry_in(1800s)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 4), dead(dead_reason::attempts_exhausted)));
    EXPECT_TRUE(equal(decide_plain(answered(500), std::numeric_limits<std::uint32_t>::max()),
                      dead(dead_reason::attempts_exhausted)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 0), retry_in(5s)));
    retry_settings never;
    EXPECT_TRUE(equal(decide_plain(answered(500), 1, never), dead(dead_reason::attempts_exhausted)));
}

TEST(Decision, RetryAfterIsALowerBoundForEveryRetriedFailure) {
    EXPECT_TRUE(equal(decide_plain(answered(503, "60")), retry_in(60s)));
    EXPECT_TRUE(equal(decide_plain(answered(429, "60")), retry_in(60s)));
    EXPECT_TRUE(equal(decide_plain(answered(302, "60")), retry_in(60s)));
    EXPECT_TRUE(equal(decide_plain(answered(503, "1")), retry_in(5s)));
    EXPECT_TRUE(equal(decide_plain(answered(503, "999999999")), retry_in(24h)));
    EXPECT_TRUE(equal(decide_plain(answered(503, "Sat, 31 Jan 2026 12:00:30 GMT")), retry_in(30s)));
    EXPECT_TRUE(equal(decide_plain(answered(503, "later")), retry_in(5s)));
    EXPECT_TRUE(equal(decide_plain(answered(400, "60")), dead(dead_reason::terminal_status)));
}

TEST(Decision, JitterComesOnTopOfRetryAfter) {
    auto settings = plain();
    settings.jitter = true;
    fixed_random random(1000);
    const attempt_context context{1, accepted, accepted};
    EXPECT_TRUE(equal(decide(answered(500), context, settings, random), retry_in(6s)));
    EXPECT_TRUE(equal(decide(answered(503, "60"), context, settings, random), retry_in(61s)));
    EXPECT_TRUE(equal(decide(answered(503, "999999"), context, settings, random), retry_in(24h + 1s)));
}

TEST(Decision, ARetryThatCouldOnlyBeginPastMaxAgeIsExpired) {
    auto settings = plain();
    settings.max_age = 60s;
    EXPECT_TRUE(equal(decide_plain(answered(500), 1, settings, 55s), retry_in(5s)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 1, settings, 55'001ms), dead(dead_reason::expired)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 2, settings), dead(dead_reason::expired)));
    EXPECT_TRUE(equal(decide_plain(answered(503, "61"), 1, settings), dead(dead_reason::expired)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 4, settings, 1h), dead(dead_reason::attempts_exhausted)));
    EXPECT_TRUE(equal(decide_plain(answered(500), 1, settings, -1h), retry_in(5s)));
}

TEST(Decision, BeforeAnAttempt) {
    auto settings = plain();
    const auto check = [&](std::uint32_t attempt, milliseconds age, bool after_interruption = true) {
        return check_before_attempt({attempt, accepted, accepted + age, after_interruption}, settings);
    };
    EXPECT_EQ(check(1, 0s), std::nullopt);
    EXPECT_EQ(check(4, 1000h), std::nullopt);
    EXPECT_EQ(check(5, 0s), dead_reason::interrupted);
    EXPECT_EQ(check(5, 0s, false), dead_reason::attempts_exhausted) << "the schedule was made shorter";
    settings.max_age = 60s;
    EXPECT_EQ(check(1, 60s), std::nullopt);
    EXPECT_EQ(check(1, 60'001ms), dead_reason::expired);
    EXPECT_EQ(check(5, 61s), dead_reason::expired);
    EXPECT_EQ(check(5, 60s), dead_reason::interrupted);
}

RC_GTEST_PROP(Decision, NeverEarlierThanRetryAfterOrTheTable, (std::uint64_t random, bool jitter)) {
    auto settings = plain();
    settings.jitter = jitter;
    const auto seconds = *rc::gen::inRange(0, 200'000);
    const auto attempt = *rc::gen::inRange<std::uint32_t>(1, 4);
    fixed_random source(random);
    const auto result =
        decide(answered(503, std::to_string(seconds)), {attempt, accepted, accepted}, settings, source);
    const milliseconds asked = std::min<milliseconds>(std::chrono::seconds(seconds), 24h);
    RC_ASSERT(result.what == kind::retry);
    RC_ASSERT(result.delay >= asked);
    RC_ASSERT(result.delay >= settings.delays[attempt - 1]);
    RC_ASSERT((jitter || result.delay == std::max(asked, settings.delays[attempt - 1])));
}

RC_GTEST_PROP(Decision, ARetryNeverBeginsPastMaxAge, (std::uint64_t random)) {
    auto settings = plain();
    settings.jitter = true;
    settings.max_age = milliseconds(*rc::gen::inRange(1, 4'000'000));
    const milliseconds age(*rc::gen::inRange(0, 4'000'000));
    fixed_random source(random);
    const auto result = decide(
        answered(500), {*rc::gen::inRange<std::uint32_t>(1, 4), accepted, accepted + age}, settings, source);
    RC_ASSERT((result.what == kind::retry ? age + result.delay <= *settings.max_age
                                          : result.reason == dead_reason::expired));
}

}  // namespace
}  // namespace postrider::retry
