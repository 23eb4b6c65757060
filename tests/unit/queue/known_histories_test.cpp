#include "queue/known_histories.h"

#include <gtest/gtest.h>

#include <string>

namespace postrider::queue {
namespace {

TEST(known_histories, has_what_a_script_made_until_it_is_gone) {
    known_histories known;
    EXPECT_FALSE(known.has("t.e"));
    known.note_length("t.e", 3, 10);
    EXPECT_FALSE(known.has("t.e")) << "only a script makes one";
    known.note_made("t.e");
    known.note_length("t.e", 4, 10);
    EXPECT_TRUE(known.has("t.e"));
    known.note_length("t.e", 0, 10);
    EXPECT_FALSE(known.has("t.e"));
}

TEST(known_histories, is_long_past_a_little_more_than_its_bound) {
    known_histories known;
    known.note_made("t.e");
    known.note_length("t.e", 18, 10);
    EXPECT_FALSE(known.take_long("t.e"));
    known.note_length("t.e", 19, 10);
    EXPECT_TRUE(known.take_long("t.e"));
    EXPECT_FALSE(known.take_long("t.e")) << "it was taken";
    known.note_length("t.e", 1062, 1000);
    EXPECT_FALSE(known.take_long("t.e"));
    known.note_length("t.e", 1063, 1000);
    EXPECT_TRUE(known.take_long("t.e"));
    EXPECT_FALSE(known.take_long("t.other"));
}

TEST(known_histories, does_not_grow_without_end) {
    known_histories known;
    known.note_made("first");
    for (int number = 0; number < 100'000; ++number)
        known.note_made(std::to_string(number));
    EXPECT_FALSE(known.has("first"));
    EXPECT_TRUE(known.has("99999"));
}

}  // namespace
}  // namespace postrider::queue
