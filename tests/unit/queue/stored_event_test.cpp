#include "queue/stored_event.h"

#include <gtest/gtest.h>

namespace postrider::queue {
namespace {

event example() {
    event event;
    event.tenant = "default";
    event.id = "evt_1";
    event.type = "case.created";
    event.accepted_at = wall_time(milliseconds(1700000000123));
    event.body = R"({"id":"evt_1"})";
    return event;
}

TEST(stored_event, comes_back_as_it_was) {
    const auto decoded = decode_stored_event(encode_stored_event(example(), "0123456789abcdef"));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->id, "evt_1");
    EXPECT_EQ(decoded->body, example().body);
    EXPECT_EQ(decoded->accepted_at, example().accepted_at);
}

// Scripts read it: lib and enqueue.lua by (-24, -9), depths.lua by (-8, -1).
TEST(stored_event, ends_with_content_hash_and_time_of_acceptance) {
    const std::string stored = encode_stored_event(example(), "0123456789abcdef");
    const std::string trailer = stored.substr(stored.size() - 24);
    EXPECT_EQ(trailer.substr(0, 16), "0123456789abcdef");
    EXPECT_EQ(trailer.substr(16), std::string("\0\0\x01\x8b\xcf\xe5\x68\x7b", 8));
    EXPECT_EQ(decode_accepted_at(trailer.substr(16)), example().accepted_at);
}

TEST(stored_event, without_a_hash_has_zeros_in_its_place) {
    const std::string stored = encode_stored_event(example(), "");
    EXPECT_EQ(stored.substr(stored.size() - 24, 16), std::string(16, '\0'));
    EXPECT_TRUE(decode_stored_event(stored));
}

TEST(stored_event, anything_shorter_or_longer_is_no_event) {
    const std::string stored = encode_stored_event(example(), "");
    for (std::size_t length = 0; length < stored.size(); ++length)
        EXPECT_FALSE(decode_stored_event(stored.substr(0, length))) << length;
    EXPECT_FALSE(decode_stored_event(stored + 'x'));
    EXPECT_FALSE(decode_accepted_at(""));
    EXPECT_FALSE(decode_accepted_at("123456789"));
    EXPECT_FALSE(decode_accepted_at("\x80\xff\xff\xff\xff\xff\xff\xff")) << "further away than the year 9999";
}

}  // namespace
}  // namespace postrider::queue
