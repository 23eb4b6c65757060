#include <postrider/base/stored_time.h>
#include <postrider/event/event.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace postrider {
namespace {

bool same(const event& left, const event& right) {
    return left.tenant == right.tenant && left.id == right.id && left.type == right.type &&
           left.key == right.key && left.traceparent == right.traceparent &&
           left.accepted_at == right.accepted_at && left.body == right.body;
}

event example() {
    return {"default",          "evt_1", "case.created",
            "customer-7",       "",      wall_time(milliseconds(1'700'000'000'123)),
            R"({"id":"evt_1"})"};
}

/// Lengths around the steps of the stored form's lengths are what goes wrong first.
rc::Gen<std::string> text() {
    const auto size =
        rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 40), rc::gen::element<std::size_t>(127, 128, 129),
                       rc::gen::element<std::size_t>(16383, 16384, 16385));
    return rc::gen::mapcat(size, [](std::size_t length) {
        return rc::gen::map(rc::gen::arbitrary<char>(),
                            [length](char fill) { return std::string(length, fill); });
    });
}

RC_GTEST_PROP(stored_event, comes_back_whole, ()) {
    const auto accepted_at =
        *rc::gen::inRange<std::int64_t>(-latest_stored_milliseconds, latest_stored_milliseconds + 1);
    const event before{*text(), *text(), *text(), *text(), *text(), wall_time(milliseconds(accepted_at)),
                       *text()};
    const auto after = decode_event(encode_event(before));
    RC_ASSERT(after.has_value());
    RC_ASSERT(same(*after, before));
}

RC_GTEST_PROP(stored_event, is_the_only_form_of_its_event, (const std::string& garbage)) {
    const auto read = decode_event('\x01' + garbage);
    if (read) RC_ASSERT(encode_event(*read) == '\x01' + garbage);
}

RC_GTEST_PROP(stored_event, is_the_only_form_near_good_bytes, ()) {
    std::string stored = encode_event(example());
    const int changes = *rc::gen::inRange(1, 4);
    for (int n = 0; n < changes; ++n) {
        stored[*rc::gen::inRange<std::size_t>(0, stored.size())] = *rc::gen::arbitrary<char>();
    }
    const auto read = decode_event(stored);
    if (read) RC_ASSERT(encode_event(*read) == stored);
}

RC_GTEST_PROP(stored_event, takes_any_bytes, (const std::string& garbage)) {
    static_cast<void>(decode_event(garbage));
}

/// Ages are differences of it: a neighbour's event must not make them overflow.
TEST(stored_event, is_refused_with_a_time_that_no_calendar_of_ours_has) {
    event late = example();
    late.accepted_at = wall_time(milliseconds(latest_stored_milliseconds));
    EXPECT_TRUE(decode_event(encode_event(late)));
    for (const auto count :
         {latest_stored_milliseconds + 1, -latest_stored_milliseconds - 1, INT64_MAX, INT64_MIN}) {
        late.accepted_at = wall_time(milliseconds(count));
        EXPECT_FALSE(decode_event(encode_event(late))) << count;
        EXPECT_FALSE(decode_event_head(encode_event(late))) << count;
    }
}

TEST(stored_event, is_refused_when_cut_anywhere) {
    const std::string whole = encode_event(example());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(decode_event(std::string_view(whole).substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_event(whole + '\0'));
}

TEST(stored_event, is_refused_in_another_format) {
    std::string stored = encode_event(example());
    for (const char format : {'\0', '\x02', '{', '\xff'}) {
        stored.front() = format;
        EXPECT_FALSE(decode_event(stored));
    }
}

TEST(stored_event, is_refused_with_lengths_that_overflow_or_are_padded) {
    const std::string beginning = std::string("\x01", 1) + std::string(8, '\0');
    const std::string zero(1, '\0');
    const std::string padded = std::string("\x80\0", 2);
    const std::string huge = std::string(9, '\xff') + '\x01';
    const std::string endless(64, '\xff');
    const std::string five = zero + zero + zero + zero + zero;
    EXPECT_TRUE(decode_event(beginning + five + zero));
    EXPECT_FALSE(decode_event(beginning + five + padded));
    EXPECT_FALSE(decode_event(beginning + five + huge));
    EXPECT_FALSE(decode_event(beginning + huge + five));
    EXPECT_FALSE(decode_event(beginning + endless));
}

/// What is in Redis outlives this version: these bytes must be read for ever.
TEST(stored_event, keeps_the_form_of_version_1) {
    const std::string stored = std::string("\x01\x7b\xe8\xd3\xcf\x8b\x01\x00\x00", 9) +
                               std::string("\x07\x05\x0c\x0a\x00\x0e", 6) +
                               R"(defaultevt_1case.createdcustomer-7{"id":"evt_1"})";
    const auto read = decode_event(stored);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->tenant, "default");
    EXPECT_EQ(read->key, "customer-7");
    EXPECT_EQ(read->body, R"({"id":"evt_1"})");
    EXPECT_EQ(encode_event(*read), stored);
}

TEST(store_id, is_the_beginning_of_a_digest) {
    EXPECT_EQ(store_id("default", "evt_1"), store_id("default", "evt_1"));
    EXPECT_EQ(store_id("default", "evt_1").size(), 22U);
    EXPECT_NE(store_id("default", "evt_1"), store_id("default", "evt_2"));
    EXPECT_NE(store_id("a", "bc"), store_id("ab", "c"));
}

TEST(store_id, gives_the_known_answer) {
    // printf 'default\0evt_1' | sha256sum | cut -c1-32 | xxd -r -p | basenc --base64url
    EXPECT_EQ(store_id("default", "evt_1"), "HgbPIONhv8jmC7MscNxh5g");
}

TEST(body, keeps_data_to_the_byte) {
    EXPECT_EQ(
        render_body("evt_1", "case.created", "2026-01-31T12:00:00.000Z", R"({ "n":1.00, "e":"\u00e9" })"),
        R"({"id":"evt_1","type":"case.created","timestamp":"2026-01-31T12:00:00.000Z","data":{ "n":1.00, "e":"\u00e9" }})");
    EXPECT_EQ(render_body("i", "t", "s", "null"), R"({"id":"i","type":"t","timestamp":"s","data":null})");
}

}  // namespace
}  // namespace postrider
