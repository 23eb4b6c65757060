#include "inspection_story.h"

#include <set>

namespace postrider::queue {
namespace {

using inspection_moves = inspection_story;
using moved = inspection::moved;
using names = std::vector<std::string>;

std::vector<moved> whats(const std::vector<inspection::replayed>& answers) {
    std::vector<moved> all;
    for (const auto& answer : answers)
        all.push_back(answer.what);
    return all;
}

TEST_F(inspection_moves, a_replay_begins_afresh) {
    kill("e1");
    until([this, died = clock_.wall_now()] { return clock_.wall_now() > died; });
    auto answers = ask(inspection_->replay({item_of("e1")}));
    ASSERT_EQ(whats(answers), std::vector{moved::done});
    EXPECT_TRUE(answers[0].was_empty);
    EXPECT_EQ(state("e1").substr(0, 3), "q0@");
    EXPECT_TRUE(letters({}).empty());
    EXPECT_EQ(outside_->text("HGET", names_.counts(partition_of("shop")), "replayed"), "1");
    EXPECT_EQ(events_of(list_all({}, 1)), names{"e1 pending"}) << "once, though its history has it too";
    const auto again = take();
    EXPECT_EQ(again.attempt, 1u);
    EXPECT_GT(again.since, again.event->accepted_at);
    deliver(again);
    EXPECT_EQ(events_of(list_all({}, 1)), names{"e1 delivered"}) << "once, though it has two ends";
}

TEST_F(inspection_moves, a_second_replay_changes_nothing) {
    kill("e1");
    ask(inspection_->replay({item_of("e1")}));
    const auto queued = state("e1");
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("e1"), item_of("e1")}))),
              (std::vector{moved::alive, moved::alive}));
    EXPECT_EQ(state("e1"), queued);
    const auto sending = take();
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("e1")}))), std::vector{moved::alive});
    retry(sending);
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("e1")}))), std::vector{moved::alive});
    EXPECT_EQ(outside_->text("HGET", names_.counts(partition_of("shop")), "replayed"), "1");
}

TEST_F(inspection_moves, what_was_delivered_is_replayed_while_its_body_is_there) {
    put("kept");
    deliver(take(), true);
    put("gone");
    deliver(take());
    put("shared", {"shop", "bank"});
    deliver(take());
    // The body of `shared` lies in this partition only if the other queue does too.
    const bool together = partition_of("shop") == partition_of("bank");
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("kept"), item_of("gone"), item_of("shared")}))),
              (std::vector{moved::done, moved::gone, together ? moved::done : moved::gone}));
    EXPECT_EQ(state("kept").substr(0, 3), "q0@");
}

TEST_F(inspection_moves, a_body_held_by_another_delivery_is_enough) {
    std::string neighbour;
    for (int number = 0; neighbour.empty(); ++number)
        if (partition_of("n" + std::to_string(number)) == partition_of("shop"))
            neighbour = "n" + std::to_string(number);
    put("e1", {"shop", neighbour});
    deliver(take());
    EXPECT_EQ(state("e1"), "");
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("e1")}))), std::vector{moved::done});
    EXPECT_EQ(take().event->id, "e1");
}

TEST_F(inspection_moves, a_body_of_another_partition_comes_along) {
    std::string elsewhere;
    for (int number = 0; elsewhere.empty(); ++number)
        if (partition_of("n" + std::to_string(number)) != partition_of("shop"))
            elsewhere = "n" + std::to_string(number);
    put("e1", {"shop", elsewhere});
    deliver(take());
    const auto stored = ask(inspection_->find_event(id_of("e1"), {}))->stored;
    ASSERT_FALSE(stored.empty());
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("e1")}))), std::vector{moved::gone});
    EXPECT_EQ(whats(ask(inspection_->replay_with_body({item_of("e1"), item_of("e1")}, stored))),
              (std::vector{moved::done, moved::alive}));
    EXPECT_EQ(outside_->text("GET", names_.event(partition_of("shop"), id_of("e1"))), stored);
    const auto again = take();
    EXPECT_EQ(again.event->id, "e1");
    EXPECT_EQ(again.event->body, "body of e1");
    deliver(again);
    EXPECT_EQ(outside_->text("EXISTS", names_.event(partition_of("shop"), id_of("e1"))), "0");
    EXPECT_EQ(state("e1", elsewhere), "q0") << "the other delivery is as it was";
}

TEST_F(inspection_moves, a_body_that_comes_along_needs_room) {
    put("e1");
    const auto stored = ask(inspection_->find_event(id_of("e1"), {}))->stored;
    deliver(take());
    (*outside_)("CONFIG", "SET", "maxmemory", "1");
    EXPECT_FALSE(ask_for_any(inspection_->replay_with_body({item_of("e1")}, stored)));
    (*outside_)("CONFIG", "SET", "maxmemory", "0");
    EXPECT_EQ(outside_->text("EXISTS", names_.event(partition_of("shop"), id_of("e1"))), "0");
}

TEST_F(inspection_moves, what_the_store_forgot_is_replayed_at_the_end_of_the_key_that_it_is_given) {
    std::string neighbour;
    for (int number = 0; neighbour.empty(); ++number)
        if (partition_of("n" + std::to_string(number)) == partition_of("shop"))
            neighbour = "n" + std::to_string(number);
    for (const auto* event : {"e1", "e2"}) {
        put(event, {"shop", neighbour});
        deliver(take());
    }
    auto first = item_of("e1");
    auto second = item_of("e2");
    first.key_hash = second.key_hash = key_hash("order-7");
    EXPECT_EQ(whats(ask(inspection_->replay({first, second}))), (std::vector{moved::done, moved::done}));
    EXPECT_TRUE(state("e1").starts_with("q0:" + first.key_hash)) << state("e1");
    EXPECT_TRUE(state("e2").starts_with("p0:" + first.key_hash)) << "behind the other one: " << state("e2");
}

TEST_F(inspection_moves, a_full_queue_takes_no_replay) {
    kill("e1");
    kill("e2");
    put("e3");
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("e1", shop, 2), item_of("e2", shop, 2)}))),
              (std::vector{moved::done, moved::full}));
    EXPECT_EQ(state("e2"), "d1");
    EXPECT_EQ(letters({}).size(), 1u);
}

TEST_F(inspection_moves, a_replay_waits_behind_its_key) {
    put_keyed("e1", "k");
    bury(take());
    put_keyed("e2", "k");
    EXPECT_EQ(state("e2").substr(0, 2), "q0");
    const auto answers = ask(inspection_->replay({item_of("e1")}));
    EXPECT_EQ(whats(answers), std::vector{moved::done});
    EXPECT_FALSE(answers[0].was_empty);
    EXPECT_EQ(state("e1").substr(0, 2), "p0");
    const auto first = take();
    EXPECT_EQ(first.event->id, "e2");
    deliver(first);
    EXPECT_EQ(state("e1").substr(0, 2), "q0");
    EXPECT_NE(state("e1").find('@'), std::string::npos);
    EXPECT_EQ(take().event->id, "e1");
}

TEST_F(inspection_moves, a_purge_takes_letter_and_body) {
    kill("e1");
    put("e2");
    const auto partition = partition_of("shop");
    EXPECT_EQ(ask(inspection_->purge({item_of("e1"), item_of("e1"), item_of("e2"), item_of("none")})),
              (std::vector{moved::done, moved::gone, moved::alive, moved::gone}));
    EXPECT_EQ(state("e1"), "");
    EXPECT_EQ(outside_->text("EXISTS", names_.event(partition, id_of("e1"))), "0");
    EXPECT_EQ(outside_->text("EXISTS", names_.event(partition, id_of("e2"))), "1");
    EXPECT_TRUE(letters({}).empty());
}

TEST_F(inspection_moves, what_cannot_be_read_is_told_and_left) {
    kill("e1");
    kill("e2");
    (*outside_)("HSET", names_.states(partition_of("shop")), id_of("e1"), std::string(shop) + " none");
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("e1"), item_of("e2")}))),
              (std::vector{moved::faulty, moved::done}));
    EXPECT_EQ(ask(inspection_->purge({item_of("e1")})), std::vector{moved::faulty});
    EXPECT_NE(metrics_.render().find("move"), std::string::npos);
}

TEST_F(inspection_moves, moves_go_on_without_memory) {
    kill("e1");
    kill("e2");
    (*outside_)("CONFIG", "SET", "maxmemory", "1");
    EXPECT_EQ(whats(ask(inspection_->replay({item_of("e1")}))), std::vector{moved::done});
    EXPECT_EQ(ask(inspection_->purge({item_of("e2")})), std::vector{moved::done});
    EXPECT_EQ(list().rows.size(), 2u) << "and so do looks";
    (*outside_)("CONFIG", "SET", "maxmemory", "0");
}

TEST_F(inspection_moves, dead_letters_are_listed_over_all_partitions) {
    std::set<std::string> expected;
    for (int number = 0; number < 12; ++number) {
        const std::string endpoint = "ep" + std::to_string(number % 5);
        kill("e" + std::to_string(number), endpoint,
             number % 3 == 0 ? dead_reason::gone : dead_reason::attempts_exhausted);
        expected.insert("e" + std::to_string(number));
    }
    for (const std::size_t most : {1u, 5u, 100u}) {
        const auto all = letters({}, most);
        const auto events = events_of(all);
        EXPECT_EQ(std::set<std::string>(events.begin(), events.end()), expected);
        EXPECT_EQ(events.size(), expected.size());
        for (std::size_t at = 1; at < all.size(); ++at)
            EXPECT_GE(all[at - 1].created_at, all[at].created_at);
    }
    dead_letter_filter filter;
    filter.reason = dead_reason::gone;
    EXPECT_EQ(letters(filter, 1).size(), 4u);
    filter = {};
    filter.queue_name = "default.ep1";
    EXPECT_EQ(letters(filter, 1).size(), 3u);
    EXPECT_EQ(ask(inspection_->count_dead_letters(filter)), 3u);
    filter.event_type = "other";
    EXPECT_EQ(letters(filter).size(), 0u);
    EXPECT_FALSE(ask(inspection_->count_dead_letters(filter)));
    filter = {};
    filter.tenant = "default";
    EXPECT_EQ(letters(filter, 5).size(), 12u);
    filter.tenant = "def";
    EXPECT_EQ(letters(filter).size(), 0u);
    filter = {};
    EXPECT_EQ(ask(inspection_->count_dead_letters(filter)), 12u);
    filter.before = clock_.wall_now() - std::chrono::minutes(1);
    EXPECT_EQ(letters(filter).size(), 0u);
    EXPECT_EQ(ask(inspection_->count_dead_letters(filter)), 0u);
    filter = {};
    filter.after = clock_.wall_now() - std::chrono::minutes(1);
    EXPECT_EQ(letters(filter, 5).size(), 12u);
    EXPECT_EQ(ask(inspection_->count_dead_letters(filter)), 12u);
}

TEST_F(inspection_moves, one_dead_letter) {
    kill("e1");
    const auto letter = ask(inspection_->find_dead_letter(shop, id_of("e1")));
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->event_id, "e1");
    EXPECT_EQ(letter->event_type, "test.event");
    EXPECT_EQ(letter->record.attempts, 1u);
    EXPECT_EQ(letter->record.response_code, 500);
    EXPECT_EQ(letter->record.error, "server error");
    EXPECT_NEAR(static_cast<double>((clock_.wall_now() - letter->created_at).count()), 0, 60000);
    EXPECT_FALSE(ask(inspection_->find_dead_letter(shop, id_of("e2"))));
}

TEST_F(inspection_moves, positions_of_other_lists_are_refused) {
    kill("e1");
    const std::string id = id_of("e1");
    for (const std::string& position :
         names{"q", "d", "d.1." + id, "d.1." + id + ".", "d.1." + id + ".noname", "d.1." + id + ".a.b.c",
               "d.1." + id + ".a.b|c", "h.1." + id + ".a.b"}) {
        const auto answer = ask_for_any(inspection_->dead_letters({}, position, 10));
        ASSERT_FALSE(answer) << position;
        EXPECT_TRUE(answer.error().bad_position);
    }
}

TEST_F(inspection_moves, ten_thousand_letters_are_walked_and_purged_in_bounded_calls) {
    const auto partition = partition_of("shop");
    constexpr std::size_t count = 10000;
    redis::command all("ZADD", names_.all_dead(partition));
    redis::command own("ZADD", names_.dead(partition, shop));
    const std::string letter = encode_dead_record(dead_record());
    for (std::size_t number = 0; number < count; ++number) {
        const std::string id = id_of("e" + std::to_string(number));
        const std::uint64_t time = 1700000000000 + number / 700;  // many at the same moment
        all.add(time);
        all.add(std::string(shop) + '|' + id);
        own.add(time);
        own.add(id);
        if (number % 1000 == 0) until([this] { return client_->connected(); });
        (*outside_)("HSET", names_.states(partition), id, std::string(shop) + " d1");
        (*outside_)("SET", names_.dead_record(partition, shop, id), letter);
    }
    outside_->call(std::move(all));
    outside_->call(std::move(own));
    dead_letter_filter filter;
    EXPECT_EQ(ask(inspection_->count_dead_letters(filter)), count);
    std::set<std::string> seen;
    std::string position;
    do {
        const auto page = ask(inspection_->dead_letters(filter, position, 250));
        std::vector<inspection::item> items;
        for (const auto& row : page.rows) {
            EXPECT_TRUE(seen.insert(row.store_id).second);
            items.push_back(inspection::item{row.queue_name, row.store_id, 0});
        }
        for (const auto what : ask(inspection_->purge(std::move(items))))
            EXPECT_EQ(what, moved::done);
        position = page.next;
    } while (!position.empty());
    EXPECT_EQ(seen.size(), count);
    EXPECT_EQ(ask(inspection_->count_dead_letters(filter)), 0u);
    EXPECT_EQ(outside_->text("DBSIZE"), "5") << "nothing but the owners and a counter";
}

}  // namespace
}  // namespace postrider::queue
