#include "script_story.h"

#include <postrider/queue/attempt_record.h>

namespace postrider::queue {
namespace {

class history_scripts : public script_story {
 protected:
    /// Ids of the length that they have in a store.
    static std::string id_of(int number) {
        std::string id = std::to_string(number);
        return "e" + std::string(21 - id.size(), '0') + id;
    }
    static attempt_record record_of(int number, bool keeps_body = false) {
        attempt_record record;
        record.event_id = "evt_" + std::to_string(number);
        record.event_type = "test.event";
        record.attempt = 1;
        record.status = 200;
        record.keeps_body = keeps_body;
        return record;
    }
    static std::uint64_t stamp_of(int number) {
        return 1'700'000'000'000'000 + static_cast<unsigned>(number);
    }
    static std::string note_of(int number, bool keeps_body = false) {
        return encode_attempt(stamp_of(number), id_of(number), record_of(number, keeps_body));
    }
    item delivered(int number, const std::string& most, bool keeps_body = false,
                   const std::string& queue = "q") {
        return {0, queue, id_of(number), "1", {note_of(number, keeps_body), most}};
    }
    void deliver(int number, const std::string& most, bool keeps_body = false) {
        put_in_flight(0, "q", id_of(number));
        ASSERT_EQ(complete({delivered(number, most, keeps_body)}), texts{"A"});
    }
    std::vector<stored_attempt> history(const std::string& queue = "q") {
        std::vector<stored_attempt> all;
        for (const std::string& stored : list(names.history(0, queue))) {
            auto attempt = decode_attempt(stored);
            if (!attempt) {
                ADD_FAILURE() << "cannot be read";
                continue;
            }
            all.push_back(std::move(*attempt));
        }
        return all;
    }
    std::string length() { return redis().text("LLEN", names.history(0, "q")); }
};

TEST_F(history_scripts, remember_attempts_newest_first) {
    for (int number = 1; number <= 3; ++number)
        put_in_flight(0, "q", id_of(number));
    EXPECT_EQ(complete({delivered(1, "100")}), texts{"A"});
    auto failed = record_of(2);
    failed.what = outcome::kind::retry;
    failed.status = 503;
    EXPECT_EQ(
        settle(script::retry_later,
               {{0, "q", id_of(2), "1", {"5000", encode_attempt(stamp_of(2), id_of(2), failed), "100"}}}),
        texts{"A"});
    failed.what = outcome::kind::dead;
    failed.reason = dead_reason::gone;
    EXPECT_EQ(
        settle(script::bury, {{0,
                               "q",
                               id_of(3),
                               "1",
                               {"dead", "{}", "0", encode_attempt(stamp_of(3), id_of(3), failed), "100"}}}),
        texts{"A"});
    const auto all = history();
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].store_id, id_of(3));
    EXPECT_EQ(all[0].record.reason, dead_reason::gone);
    EXPECT_EQ(all[1].record.status, 503);
    EXPECT_EQ(all[2].record.event_id, "evt_1");
    EXPECT_EQ(all[2].stamp, stamp_of(1));
    EXPECT_EQ(redis().texts("SMEMBERS", names.names(0)), texts{"q"});
}

TEST_F(history_scripts, of_one_call_are_in_the_order_of_its_items_and_by_queue) {
    std::vector<item> items;
    for (int number = 0; number < 200; ++number) {
        const std::string queue = number % 2 == 0 ? "q" : "p";
        put_in_flight(0, queue, id_of(number));
        items.push_back(delivered(number, "1000", false, queue));
    }
    complete(items);
    put_in_flight(0, "q", id_of(200));
    complete({delivered(200, "1000")});
    const auto all = history();
    ASSERT_EQ(all.size(), 101u);
    for (std::size_t index = 0; index < all.size(); ++index)
        EXPECT_EQ(all[index].store_id, id_of(200 - 2 * static_cast<int>(index)));
    EXPECT_EQ(history("p").size(), 100u);
}

TEST_F(history_scripts, do_not_remember_what_was_not_applied) {
    put_in_flight(0, "q", id_of(1));
    EXPECT_EQ(complete({delivered(1, "10")}), texts{"A"});
    EXPECT_EQ(complete({delivered(1, "10")}), texts{"S"});
    put_in_flight(0, "q", id_of(2));
    EXPECT_EQ(complete({delivered(2, "10")}, {}, "other"), texts{"F"});
    EXPECT_EQ(length(), "1");
    EXPECT_EQ(complete({{0, "q", id_of(2), "1", {}}}), texts{"A"});
    EXPECT_EQ(length(), "1") << "nothing to remember";
}

TEST_F(history_scripts, are_pushed_beside_the_script_or_by_it) {
    for (const bool by_script : {false, true}) {
        redis()("FLUSHALL");
        SetUp();
        deliver(0, "10");
        records_here_ = by_script;
        std::vector<item> items;
        for (int number = 1; number <= 3; ++number) {
            put_in_flight(0, "q", id_of(number));
            items.push_back(delivered(number, "10"));
        }
        EXPECT_EQ(complete(items), (texts{"A", "A", "A"}));
        const auto all = history();
        ASSERT_EQ(all.size(), 4u);
        for (int number = 0; number <= 3; ++number)
            EXPECT_EQ(all[static_cast<std::size_t>(3 - number)].store_id, id_of(number));
        records_here_ = false;
    }
}

TEST_F(history_scripts, of_a_group_stay_only_of_those_that_ended) {
    deliver(0, "10");
    std::vector<item> items;
    for (int number = 1; number <= 4; ++number) {
        if (number != 2) put_in_flight(0, "q", id_of(number));
        items.push_back(delivered(number, "10"));
    }
    items.push_back(delivered(4, "10"));
    EXPECT_EQ(complete(items), (texts{"A", "S", "A", "A", "S"}));
    std::vector<std::string> ids;
    for (const auto& attempt : history())
        ids.push_back(attempt.store_id);
    EXPECT_EQ(ids, (std::vector<std::string>{id_of(4), id_of(3), id_of(1), id_of(0)}));
}

TEST_F(history_scripts, that_are_not_there_have_their_completions_come_again) {
    deliver(0, "10", false);
    for (int number = 1; number <= 3; ++number)
        put_in_flight(0, "q", id_of(number));
    put_in_flight(0, "p", id_of(4));
    gone_ = names.history(0, "q");
    const auto group = complete({delivered(1, "10"), delivered(2, "10"), delivered(4, "10", false, "p")});
    EXPECT_EQ(group, (texts{"H", "H", "A"}));
    redis()("RPUSH", gone_, note_of(0));
    EXPECT_EQ(complete({delivered(3, "10")}), texts{"H"});
    gone_.clear();
    EXPECT_EQ(redis().text("EXISTS", names.history(0, "q")), "0");
    EXPECT_EQ(state(0, "q", id_of(1)), "f1");
    EXPECT_EQ(complete({delivered(1, "10"), delivered(2, "10"), delivered(3, "10")}), (texts{"A", "A", "A"}));
    EXPECT_EQ(length(), "3");
    EXPECT_EQ(redis().text("EXISTS", names.states(0), names.inflight(0)), "0");
}

TEST_F(history_scripts, out_of_order_make_no_page_that_does_not_end) {
    for (const int number : {5, 4, 2, 3, 1})  // the last is the newest
        redis()("LPUSH", names.history(0, "q"), note_of(number));
    std::string below;
    for (int pages = 0; pages < 6; ++pages) {
        const texts page = run(script::history_page, {0}, {"q", below, "0", "2", "1000000"});
        const std::uint64_t bound = below.empty() ? UINT64_MAX : std::stoull(below);
        for (std::size_t at = 1; at < page.size(); at += 4)
            EXPECT_LT(read_stamp(page[at]), bound) << "what the page before had shown";
        if (page[0] == "0") return;
        below = std::to_string(read_stamp(page[page.size() - 4]));
    }
    ADD_FAILURE() << "pages of five records never end";
}

TEST_F(history_scripts, of_a_group_that_is_refused_go_as_they_came) {
    deliver(0, "10");
    std::vector<item> items;
    for (int number = 1; number <= 3; ++number) {
        put_in_flight(0, "q", id_of(number));
        items.push_back(delivered(number, "10"));
    }
    const auto before = everything();
    EXPECT_EQ(complete(items, {}, "other"), (texts{"F", "F", "F"}));
    EXPECT_EQ(complete({items[0]}, {}, "other"), (texts{"F"}));
    EXPECT_EQ(everything(), before);
}

TEST_F(history_scripts, name_a_queue_whose_list_is_new) {
    deliver(1, "10");
    redis()("DEL", names.names(0));
    deliver(2, "10");
    EXPECT_EQ(redis().text("EXISTS", names.names(0)), "0") << "one call less for each that follows";
    redis()("DEL", names.history(0, "q"));
    deliver(3, "10");
    EXPECT_EQ(redis().texts("SMEMBERS", names.names(0)), texts{"q"});
}

TEST_F(history_scripts, are_cut_when_they_are_longer_than_a_little_more) {
    for (int number = 1; number <= 18; ++number)
        deliver(number, "10");
    EXPECT_EQ(length(), "18");
    deliver(19, "10");
    EXPECT_EQ(length(), "10");
    EXPECT_EQ(history().back().store_id, id_of(10));
    EXPECT_EQ(history().front().store_id, id_of(19));
}

TEST_F(history_scripts, are_cut_by_so_many_in_a_call) {
    const std::string old = note_of(0);
    for (int number = 0; number < 1000; ++number)
        redis()("RPUSH", names.history(0, "q"), old);
    deliver(1, "100");
    EXPECT_EQ(length(), "745");
    deliver(2, "100");
    deliver(3, "100");
    deliver(4, "100");
    EXPECT_EQ(length(), "100");
}

TEST_F(history_scripts, keep_the_body_as_long_as_the_record) {
    deliver(1, "2", true);
    EXPECT_EQ(state(0, "q", id_of(1)), "k1");
    EXPECT_EQ(redis().text("GET", names.event(0, id_of(1))), stored("body of " + id_of(1)));
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0)), "0");
    EXPECT_EQ(counted(0, "delivered"), "1");
    for (int number = 2; number <= 10; ++number)
        deliver(number, "2");
    EXPECT_EQ(state(0, "q", id_of(1)), "k1");
    deliver(11, "2");
    EXPECT_EQ(length(), "2");
    EXPECT_EQ(redis().text("EXISTS", names.states(0), names.event(0, id_of(1))), "0");
}

TEST_F(history_scripts, keep_the_body_for_others_when_a_record_goes) {
    enqueue({{id_of(1), "one", "", {{0, "q!"}, {0, "p"}}}});
    complete({delivered(1, "2", true)});
    for (int number = 2; number <= 11; ++number)
        deliver(number, "2");
    EXPECT_EQ(state(0, "q", id_of(1)), "");
    EXPECT_EQ(state(0, "p", id_of(1)), "q0");
    EXPECT_EQ(redis().text("GET", names.event(0, id_of(1))), stored("one"));
}

TEST_F(history_scripts, let_go_of_nothing_that_lives_again) {
    deliver(1, "2", true);
    EXPECT_EQ(enqueue({{id_of(1), "body of " + id_of(1), "", {{0, "q"}}}}), texts{"Sr"})
        << "kept is not alive: it starts afresh";
    EXPECT_EQ(state(0, "q", id_of(1)), "q0@1");
    claim({{0, "q", 1}});
    for (int number = 2; number <= 11; ++number)
        deliver(number, "2");
    EXPECT_EQ(state(0, "q", id_of(1)), "f1@1");
    EXPECT_EQ(redis().text("EXISTS", names.event(0, id_of(1))), "1");
}

TEST_F(history_scripts, a_retry_that_went_takes_no_body_with_it) {
    put_in_flight(0, "q", id_of(1));
    auto failed = record_of(1, true);
    failed.what = outcome::kind::retry;
    settle(script::retry_later,
           {{0, "q", id_of(1), "1", {"0", encode_attempt(stamp_of(1), id_of(1), failed), "2"}}});
    promote({0});
    claim({{0, "q", 1}});
    for (int number = 2; number <= 10; ++number)
        deliver(number, "2");
    EXPECT_EQ(complete({{0, "q", id_of(1), "2", {note_of(1, true), "2"}}}), texts{"A"});
    EXPECT_EQ(length(), "2") << "the failed attempt went in the very call";
    EXPECT_EQ(state(0, "q", id_of(1)), "k2");
}

TEST_F(history_scripts, a_kept_delivery_keeps_its_key_for_a_replay_and_frees_it) {
    enqueue({{id_of(1), "1", "", {{0, "q!"}}, 0, "redredredre"},
             {id_of(2), "2", "", {{0, "q!"}}, 0, "redredredre"}});
    EXPECT_EQ(complete({delivered(1, "10", true)}), texts{"AW"});
    EXPECT_EQ(state(0, "q", id_of(1)), "k1:redredredre");
    EXPECT_EQ(state(0, "q", id_of(2)), "q0:redredredre");
}

TEST_F(history_scripts, that_cannot_be_written_hold_up_nothing) {
    redis()("SET", names.history(0, "q"), "not a list");
    redis()("SET", names.names(0), "not a set");
    deliver(1, "10");
    EXPECT_EQ(redis().text("EXISTS", names.states(0), names.inflight(0)), "0");
    redis()("DEL", names.history(0, "q"));
    deliver(2, "10");
    EXPECT_EQ(length(), "1");
}

TEST_F(history_scripts, remember_tests_without_an_owner) {
    redis()("DEL", names.token(0));
    auto record = record_of(7);
    record.is_test = true;
    EXPECT_EQ(run(script::note_test, {0}, {"q", encode_attempt(stamp_of(7), id_of(7), record), "10"}),
              texts{"A"});
    ASSERT_EQ(history().size(), 1u);
    EXPECT_TRUE(history()[0].record.is_test);
    EXPECT_EQ(redis().texts("SMEMBERS", names.names(0)), texts{"q"});
}

using health_script = script_story;

TEST_F(health_script, keeps_the_last_text_and_takes_an_empty_one_away) {
    EXPECT_EQ(run(script::save_health, {0, 1}, {"T", "T", "1", "q", "open", "2", "q", "shut", "1", "p", "x"}),
              (texts{"A", "A", "A"}));
    EXPECT_EQ(redis().text("HGET", names.health(0), "q"), "open");
    EXPECT_EQ(redis().text("HGET", names.health(1), "q"), "shut");
    EXPECT_EQ(run(script::save_health, {0}, {"T", "1", "q", "half", "1", "p", ""}), (texts{"A", "A"}));
    EXPECT_EQ(redis().texts("HGETALL", names.health(0)), (texts{"q", "half"}));
}

TEST_F(health_script, is_fenced_and_set_aside) {
    redis()("SET", names.token(0), "other");
    redis()("SET", names.health(1), "not a hash");
    const texts answer =
        run(script::save_health, {0, 1, 2}, {"T", "T", "T", "1", "q", "x", "2", "q", "x", "3", "q", "x"});
    EXPECT_EQ(answer[0], "F");
    EXPECT_TRUE(answer[1].starts_with("EWRONGTYPE"));
    EXPECT_EQ(answer[2], "A");
    EXPECT_EQ(redis().text("EXISTS", names.health(0)), "0");
}

}  // namespace
}  // namespace postrider::queue
