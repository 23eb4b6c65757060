#include "queue/inspection_row.h"

#include "queue/inspection_position.h"

#include <gtest/gtest.h>

#include <string>

namespace postrider::queue {
namespace {

const std::string id(store_id_bytes, 'a');

TEST(delivery_state, is_read_with_and_without_suffix) {
    const auto plain = parse_state("r12");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->letter, 'r');
    EXPECT_EQ(plain->attempts, 12u);
    EXPECT_FALSE(plain->since);
    const auto keyed = parse_state("q0:AbCdEfGhI-_@1700000000000");
    ASSERT_TRUE(keyed);
    EXPECT_EQ(keyed->letter, 'q');
    EXPECT_EQ(keyed->since, wall_time(milliseconds(1700000000000)));
    EXPECT_TRUE(parse_state("d1@5"));
    EXPECT_TRUE(parse_state("p0:AbCdEfGhI-_"));
}

TEST(delivery_state, is_read_also_of_what_was_recovered) {
    for (const auto* text :
         {"q3!3", "f4:AbCdEfGhI-_!3", "r3@1700000000000!2", "d3:AbCdEfGhI-_@1700000000000!3"})
        EXPECT_TRUE(parse_state(text)) << text;
    const auto whole = parse_state("q3:AbCdEfGhI-_@1700000000000!3");
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->attempts, 3u);
    EXPECT_EQ(whole->since, wall_time(milliseconds(1700000000000)));
}

TEST(delivery_state, is_nothing_else) {
    for (const auto* text : {"", "x1", "q", "q-1", "q1@", "q1@x", "q1:short", "q99999999999", "q01", "q1 ",
                             "q1@-5", "q1!", "q1!x", "q1!1@5"})
        EXPECT_FALSE(parse_state(text)) << text;
}

TEST(delivery_row, without_anything_it_has_its_name) {
    sighting seen;
    seen.store_id = id;
    const auto row = row_of("t.e", seen);
    EXPECT_EQ(row.queue_name, "t.e");
    EXPECT_EQ(row.store_id, id);
    EXPECT_EQ(row.event_id, "");
}

TEST(delivery_row, the_state_goes_before_the_record) {
    attempt_record record;
    record.event_id = "e";
    record.event_type = "t";
    record.attempt = 3;
    record.status = 503;
    record.error = "bad";
    record.what = outcome::kind::dead;
    const std::string stored = encode_attempt(0, id, record);
    sighting seen;
    seen.record = stored;
    EXPECT_EQ(row_of("t.e", seen).status, delivery_status::dead);
    seen.state = "q0@5";
    const auto fresh = row_of("t.e", seen);
    EXPECT_EQ(fresh.status, delivery_status::pending);
    EXPECT_EQ(fresh.attempts, 0u);
    EXPECT_EQ(fresh.error, "");
    EXPECT_EQ(fresh.response_code, 0);
    seen.state = "r3";
    seen.note = "1700000000000";
    const auto retrying = row_of("t.e", seen);
    EXPECT_EQ(retrying.status, delivery_status::retrying);
    EXPECT_EQ(retrying.error, "bad");
    EXPECT_EQ(retrying.next_attempt_at, wall_time(milliseconds(1700000000000)));
    seen.state = "f4";
    EXPECT_EQ(row_of("t.e", seen).status, delivery_status::delivering);
    seen.state = "d3";
    seen.note = R"({"reason":"expired","attempts":3})";
    EXPECT_EQ(row_of("t.e", seen).status, delivery_status::expired);
}

TEST(delivery_status, has_names) {
    for (const auto status :
         {delivery_status::pending, delivery_status::delivering, delivery_status::retrying,
          delivery_status::delivered, delivery_status::dead, delivery_status::expired})
        EXPECT_EQ(delivery_status_of(to_string(status)), status);
    EXPECT_FALSE(delivery_status_of("Pending"));
    EXPECT_FALSE(delivery_status_of(""));
}

TEST(list_position, comes_back_as_it_went) {
    for (const std::string& text : {std::string("q"), "h.1763715049000123." + id, "r.0." + id,
                                    "d.5." + id + ".tenant.end-point_1", "R.7." + id, "R.7." + id + ".12"}) {
        const auto position = parse_position(text, "qhrdR");
        ASSERT_TRUE(position) << text;
        EXPECT_EQ(to_text(*position), text);
    }
}

TEST(list_position, only_what_is_parked_tells_how_many_were_passed) {
    for (const std::string& text : {"r.7." + id + ".12", "R.7." + id + ".012", "R.7." + id + ".0",
                                    "R.7." + id + ".", "R.7." + id + ".tenant.endpoint"})
        EXPECT_FALSE(parse_position(text, "rR")) << text;
}

TEST(list_position, of_a_stray_goes_on_behind_it) {
    EXPECT_EQ(anchor_of('q', id), id);
    EXPECT_EQ(anchor_of('q', "ghost"), std::string(store_id_bytes, 'z'));
    EXPECT_EQ(anchor_of('d', "ghost"), std::string(store_id_bytes, '-'));
}

TEST(list_position, the_longest_fits) {
    list_position position;
    position.place = 'd';
    position.number = (std::uint64_t{1} << 53) - 1;
    position.id = id;
    position.queue_name = std::string(64, 't') + '.' + std::string(64, 'e');
    const auto text = to_text(position);
    EXPECT_LE(text.size(), 200u);
    EXPECT_TRUE(parse_position(text, "d"));
}

}  // namespace
}  // namespace postrider::queue
