#include <postrider/queue/attempt_record.h>

#include <gtest/gtest.h>

namespace postrider::queue {
namespace {

const std::string store_id = "AbCdEfGhIjKlMnOpQrStUv";
constexpr std::uint64_t stamp = 0x0006441a2b3c4d5e;
const std::string stamp_bytes("\x00\x06\x44\x1a\x2b\x3c\x4d\x5e", 8);

attempt_record success() {
    attempt_record record;
    record.event_id = "evt_AbCdEfGhIjKlMnOpQrStUv";
    record.event_type = "customer.created";
    record.begun_at = wall_time(milliseconds(1763712345678));
    record.attempt = 1;
    record.status = 204;
    record.duration = milliseconds(37);
    return record;
}

attempt_record failure() {
    attempt_record record = success();
    record.what = outcome::kind::retry;
    record.attempt = 300;
    record.status = 503;
    record.retry_in = milliseconds(86'400'000);
    record.error = "the receiver answered 503";
    record.request_headers = "Content-Type: application/json\r\n";
    record.response_headers = "Retry-After: 5\r\n";
    record.response_body = std::string("\0\xff broken", 9);
    record.keeps_body = true;
    return record;
}

void expect_same(const attempt_record& left, const attempt_record& right) {
    EXPECT_EQ(left.event_id, right.event_id);
    EXPECT_EQ(left.event_type, right.event_type);
    EXPECT_EQ(left.begun_at, right.begun_at);
    EXPECT_EQ(left.attempt, right.attempt);
    EXPECT_EQ(left.is_test, right.is_test);
    EXPECT_EQ(left.keeps_body, right.keeps_body);
    EXPECT_EQ(left.what, right.what);
    EXPECT_EQ(left.reason, right.reason);
    EXPECT_EQ(left.status, right.status);
    EXPECT_EQ(left.duration, right.duration);
    EXPECT_EQ(left.retry_in, right.retry_in);
    EXPECT_EQ(left.error, right.error);
    EXPECT_EQ(left.request_headers, right.request_headers);
    EXPECT_EQ(left.response_headers, right.response_headers);
    EXPECT_EQ(left.response_body, right.response_body);
    EXPECT_EQ(left.trace_id, right.trace_id);
    EXPECT_EQ(left.span_id, right.span_id);
}

void expect_kept(const attempt_record& record) {
    const auto kept = decode_attempt(encode_attempt(stamp, store_id, record));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->stamp, stamp);
    EXPECT_EQ(kept->store_id, store_id);
    expect_same(kept->record, record);
}

TEST(attempt_record, keeps_every_field) {
    expect_kept(success());
    expect_kept(failure());
    attempt_record test = success();
    test.is_test = true;
    expect_kept(test);
    expect_kept({});
    attempt_record large = failure();
    large.attempt = UINT32_MAX;
    large.status = UINT16_MAX;
    large.response_body.assign(100'000, 'x');
    expect_kept(large);
}

attempt_record traced(attempt_record record) {
    record.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    record.span_id = 0x00f067aa0ba902b7;
    return record;
}

TEST(attempt_record, keeps_the_span_of_an_attempt_in_a_trace) {
    expect_kept(traced(success()));
    expect_kept(traced(failure()));
    const auto plain = encode_attempt(stamp, store_id, success());
    const auto with_trace = encode_attempt(stamp, store_id, traced(success()));
    EXPECT_EQ(with_trace.size(), plain.size() + 40);
    EXPECT_TRUE(with_trace.ends_with(std::string("4736\x00\xf0\x67\xaa\x0b\xa9\x02\xb7", 12)));
    EXPECT_FALSE(decode_attempt(with_trace.substr(0, with_trace.size() - 1)));
    EXPECT_FALSE(decode_attempt(with_trace.substr(0, with_trace.size() - 8) + std::string(8, '\0')));
}

TEST(attempt_record, keeps_every_reason) {
    for (std::uint8_t reason = 0; reason <= static_cast<std::uint8_t>(dead_reason::endpoint_deleted);
         ++reason) {
        attempt_record record = failure();
        record.what = outcome::kind::dead;
        record.retry_in = milliseconds(0);
        record.reason = static_cast<dead_reason>(reason);
        expect_kept(record);
    }
}

TEST(attempt_record, is_small_for_a_success) {
    EXPECT_EQ(encode_attempt(stamp, store_id, success()).size(), 86u);
}

TEST(attempt_record, gets_another_stamp) {
    std::string stored = encode_attempt(0, store_id, success());
    set_stamp(stored, stamp);
    EXPECT_EQ(stored, encode_attempt(stamp, store_id, success()));
}

char flags_of(const attempt_record& record) {
    return encode_attempt(stamp, store_id, record)[history_stamp_bytes + store_id_bytes + 1];
}

// Records outlive versions of the program, and scripts read the flags at their place.
TEST(attempt_record, has_this_form_for_ever) {
    attempt_record record = success();
    EXPECT_EQ(encode_attempt(stamp, store_id, record),
              stamp_bytes + store_id +
                  std::string("\x01\x00\x01\xce\xcc\xca\xab\xaa\x33\x25\xcc\x01\x1a", 13) + record.event_id +
                  "\x10" + record.event_type);
    record.keeps_body = true;
    EXPECT_EQ(flags_of(record), '\x01');
    record.is_test = true;
    EXPECT_EQ(flags_of(record), '\x03');
    record.what = outcome::kind::dead;
    record.response_body = "x";
    EXPECT_EQ(flags_of(record), '\x8b');
}

TEST(attempt_record, a_time_before_1970_or_a_negative_duration_is_none) {
    attempt_record record = success();
    record.begun_at = wall_time(milliseconds(-5));
    record.duration = milliseconds(-1);
    const auto kept = decode_attempt(encode_attempt(stamp, store_id, record));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->record.begun_at, wall_time());
    EXPECT_EQ(kept->record.duration, milliseconds(0));
}

TEST(attempt_record, refuses_what_was_cut_or_lengthened) {
    const std::string whole = encode_attempt(stamp, store_id, failure());
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(decode_attempt(whole.substr(0, length))) << length;
    EXPECT_FALSE(decode_attempt(whole + "x"));
}

TEST(attempt_record, refuses_what_it_never_writes) {
    const std::string good = encode_attempt(stamp, store_id, success());
    const std::size_t format = history_stamp_bytes + store_id_bytes;
    const auto changed = [&](std::size_t place, char byte) {
        std::string bytes = good;
        bytes[place] = byte;
        return decode_attempt(bytes);
    };
    EXPECT_TRUE(changed(0, 'x'));
    EXPECT_FALSE(changed(format, 2)) << "a later format";
    EXPECT_FALSE(changed(format + 1, 0x0c)) << "no such kind";
    EXPECT_FALSE(changed(format + 1, 0x10)) << "a text that is not there";
    EXPECT_FALSE(changed(format + 8, '\xcc')) << "a number without end";
    std::string longer = good;
    longer.replace(format + 2, 1, std::string("\x81\x00", 2));
    EXPECT_FALSE(decode_attempt(longer)) << "a number longer than needed";
}

/// The sum of both is when it was delivered.
TEST(attempt_record, refuses_times_and_durations_past_the_year_9999) {
    constexpr std::int64_t latest = 253'402'300'799'999;
    attempt_record record = success();
    record.begun_at = wall_time(milliseconds(latest));
    record.duration = milliseconds(latest);
    EXPECT_TRUE(decode_attempt(encode_attempt(stamp, store_id, record)));
    record.duration = milliseconds(latest + 1);
    EXPECT_FALSE(decode_attempt(encode_attempt(stamp, store_id, record)));
    record.duration = milliseconds(1);
    record.begun_at = wall_time(milliseconds(INT64_MAX));
    EXPECT_FALSE(decode_attempt(encode_attempt(stamp, store_id, record)));
}

TEST(attempt_record, any_bytes_are_survived) {
    const std::string good = encode_attempt(stamp, store_id, failure());
    for (std::size_t place = history_stamp_bytes + store_id_bytes; place < good.size(); ++place) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string bytes = good;
            bytes[place] = static_cast<char>(byte);
            const auto read = decode_attempt(bytes);
            if (!read) continue;
            EXPECT_EQ(encode_attempt(read->stamp, read->store_id, read->record), bytes);
        }
    }
}

}  // namespace
}  // namespace postrider::queue
