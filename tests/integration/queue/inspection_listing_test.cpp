#include "inspection_story.h"

#include <algorithm>
#include <set>

namespace postrider::queue {
namespace {

using inspection_listing = inspection_story;
using names = std::vector<std::string>;

TEST_F(inspection_listing, an_unknown_endpoint_has_nothing) {
    const auto page = list();
    EXPECT_TRUE(page.rows.empty());
    EXPECT_EQ(page.next, "");
}

// So it is with each slot of a Cluster that a shard asks for the first time.
TEST_F(inspection_listing, waits_for_a_connection_that_is_just_being_made) {
    put("e1");
    auto fresh = connect(server());
    {
        inspection first_look(*fresh, names_, metrics_, clock_);
        EXPECT_EQ(ask(first_look.deliveries(shop, {}, "", 10)).rows.size(), 1u);
    }
    disconnect(fresh);
}

TEST_F(inspection_listing, shows_each_delivery_once_where_it_is_now) {
    for (const auto* event : {"delivered", "dead", "retrying", "sending", "queued1", "queued2"})
        put(event);
    deliver(take());
    bury(take());
    retry(take());
    const auto sending = take();
    EXPECT_EQ(events_of(list().rows), (names{"sending delivering", "retrying retrying", "dead dead",
                                             "delivered delivered", "queued2 pending", "queued1 pending"}));
    EXPECT_EQ(list().next, "");
    deliver(sending);
}

TEST_F(inspection_listing, a_row_tells_what_is_known) {
    put("e1");
    deliver(take());
    put("e2");
    retry(take());
    const auto rows = list().rows;
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[1].queue_name, shop);
    EXPECT_EQ(rows[1].store_id, id_of("e1"));
    EXPECT_EQ(rows[1].event_type, "test.event");
    EXPECT_EQ(rows[1].attempts, 1u);
    EXPECT_EQ(rows[1].response_code, 200);
    EXPECT_EQ(rows[1].response_time, milliseconds(7));
    EXPECT_TRUE(rows[1].delivered_at);
    EXPECT_EQ(rows[1].error, "");
    EXPECT_EQ(rows[0].response_code, 500);
    EXPECT_EQ(rows[0].error, "server error");
    EXPECT_FALSE(rows[0].delivered_at);
    ASSERT_TRUE(rows[0].next_attempt_at);
    EXPECT_GT(*rows[0].next_attempt_at, clock_.wall_now() + std::chrono::minutes(59));
}

TEST_F(inspection_listing, a_delivery_with_many_attempts_is_shown_by_its_last) {
    put("e1");
    retry(take(), milliseconds(0));
    for (int attempt = 2; attempt < 5; ++attempt) {
        until([this] {
            store_->promote_due();
            return outside_->text("LLEN", names_.retry_lane(partition_of("shop"), shop)) == "1";
        });
        put("e" + std::to_string(attempt));
        auto next = take();
        while (next.event->id != "e1") {
            deliver(next);
            next = take();
        }
        if (attempt < 4) retry(next, milliseconds(0));
        if (attempt == 4) deliver(next);
    }
    const auto rows = list_all({}, 1);
    EXPECT_EQ(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.event_id == "e1"; }),
              1);
    EXPECT_EQ(rows[0].event_id == "e1" ? rows[0].attempts : rows[1].attempts, 4u);
}

TEST_F(inspection_listing, each_status_has_its_list) {
    for (const auto* event : {"delivered", "dead", "expired", "retrying", "sending", "queued"})
        put(event);
    deliver(take());
    bury(take());
    bury(take(), dead_reason::expired);
    retry(take());
    const auto sending = take();
    for (const auto status : {delivery_status::delivered, delivery_status::dead, delivery_status::expired,
                              delivery_status::retrying}) {
        const std::string name(to_string(status));
        EXPECT_EQ(events_of(list(with_status(status)).rows), names{name + ' ' + name});
    }
    EXPECT_EQ(events_of(list(with_status(delivery_status::delivering)).rows), names{"sending delivering"});
    EXPECT_EQ(events_of(list(with_status(delivery_status::pending)).rows), names{"queued pending"});
    EXPECT_EQ(list(with_status(delivery_status::retrying)).rows[0].error, "server error");
    deliver(sending);
}

TEST_F(inspection_listing, pages_give_everything_exactly_once) {
    for (int number = 0; number < 60; ++number)
        put("e" + std::to_string(number));
    std::vector<delivery> sending;
    for (int number = 0; number < 40; ++number) {
        const auto taken = take();
        if (number % 4 == 0) deliver(taken);
        if (number % 4 == 1) bury(taken);
        if (number % 4 == 2) retry(taken);
        if (number % 4 == 3) sending.push_back(taken);
    }
    for (const std::size_t most : {1u, 3u, 7u, 60u, 100u}) {
        const auto rows = list_all({}, most);
        std::set<std::string> events;
        for (const auto& row : rows)
            events.insert(row.event_id);
        EXPECT_EQ(rows.size(), 60u) << most;
        EXPECT_EQ(events.size(), 60u) << most;
    }
    for (const auto& [status, count] :
         {std::pair{delivery_status::pending, 20u}, std::pair{delivery_status::delivering, 10u},
          std::pair{delivery_status::retrying, 10u}, std::pair{delivery_status::dead, 10u},
          std::pair{delivery_status::delivered, 10u}, std::pair{delivery_status::expired, 0u}})
        EXPECT_EQ(list_all(with_status(status), 3).size(), count) << to_string(status);
    for (const auto& delivery : sending)
        deliver(delivery);
}

TEST_F(inspection_listing, pages_stay_whole_while_the_lists_move) {
    for (int number = 0; number < 20; ++number)
        put("old" + std::to_string(number));
    auto page = list({}, "", 5);
    put("new");
    deliver(take());
    std::set<std::string> events;
    for (;;) {
        for (const auto& row : page.rows)
            EXPECT_TRUE(events.insert(row.event_id).second) << row.event_id << " came twice";
        if (page.next.empty()) break;
        page = list({}, page.next, 5);
    }
    EXPECT_EQ(events.size(), 19u) << "all but the new one and the one that moved to a place already passed";
}

TEST_F(inspection_listing, what_died_without_an_attempt_is_listed_once) {
    for (int number = 0; number < 5; ++number)
        put("unsent" + std::to_string(number));
    inspection::ending what;
    what.queue_name = shop;
    what.accepted_before = clock_.wall_now() + std::chrono::hours(1);
    EXPECT_EQ(ask(inspection_->end_waiting(what)).deaths.size(), 5u);
    for (int number = 0; number < 300; ++number)
        kill("tried" + std::to_string(number));
    put("queued");
    for (const std::size_t most : {3u, 250u}) {
        const auto rows = list_all({}, most);
        std::set<std::string> events;
        for (const auto& row : rows)
            events.insert(row.event_id);
        EXPECT_EQ(rows.size(), 306u) << most;
        EXPECT_EQ(events.size(), 306u) << most;
        EXPECT_EQ(rows.back().status, delivery_status::expired);
    }
    EXPECT_EQ(list_all(with_status(delivery_status::expired), 3).size(), 5u);
    EXPECT_EQ(list_all(with_status(delivery_status::dead), 100).size(), 300u);
}

TEST_F(inspection_listing, what_died_unsent_after_a_replay_is_listed_once) {
    kill("e1");
    ask(inspection_->replay({item_of("e1")}));
    inspection::ending what;
    what.queue_name = shop;
    what.accepted_before = clock_.wall_now() + std::chrono::hours(1);
    EXPECT_EQ(ask(inspection_->end_waiting(what)).deaths.size(), 1u);
    EXPECT_EQ(events_of(list_all({}, 1)), names{"e1 expired"});
}

TEST_F(inspection_listing, the_type_is_a_filter) {
    put("e1");
    deliver(take());
    put("e2");
    delivery_filter filter;
    filter.event_type = "test.event";
    EXPECT_EQ(list(filter).rows.size(), 2u);
    filter.event_type = "other.event";
    EXPECT_EQ(list(filter).rows.size(), 0u);
}

TEST_F(inspection_listing, times_are_filters) {
    put("e1");
    deliver(take());
    const auto seconds = std::chrono::seconds(30);
    delivery_filter filter;
    filter.after = clock_.wall_now() - seconds;
    filter.before = clock_.wall_now() + seconds;
    EXPECT_EQ(list(filter).rows.size(), 1u);
    filter.after = clock_.wall_now() + seconds;
    filter.before.reset();
    EXPECT_EQ(list(filter).rows.size(), 0u);
    filter.after.reset();
    filter.before = clock_.wall_now() - seconds;
    EXPECT_EQ(list(filter).rows.size(), 0u);
    filter.status = delivery_status::delivered;
    EXPECT_EQ(list(filter).rows.size(), 0u);
}

TEST_F(inspection_listing, positions_of_others_are_refused) {
    put("e1");
    const std::string id = id_of("e1");
    for (const std::string& position :
         names{"x", "q.", "q.1", "q.1.", "q.1.short", "q.01." + id, "q.-1." + id,
               "q.1." + id + ".default.shop", "q.99999999999999999999." + id, "p.1." + id, "q.1." + id + "!",
               " q", std::string("q\0", 2), "q..1." + id, std::string(300, 'q')}) {
        const auto answer = ask_for_any(inspection_->deliveries(shop, {}, position, 10));
        ASSERT_FALSE(answer) << position;
        EXPECT_TRUE(answer.error().bad_position);
    }
    const auto other =
        ask_for_any(inspection_->deliveries(shop, with_status(delivery_status::pending), "h.1." + id, 10));
    EXPECT_FALSE(other) << "a position of another list";
}

TEST_F(inspection_listing, what_cannot_be_read_is_passed_over) {
    put("e1");
    deliver(take());
    put("e2");
    const auto partition = partition_of("shop");
    (*outside_)("LPUSH", names_.history(partition, shop), std::string("\0\6\0\0\0\0\0\0garbage", 15));
    (*outside_)("RPUSH", names_.queue(partition, shop), "ghost");
    (*outside_)("HSET", names_.inflight(partition), std::string(shop) + "|ghost", "1:T");
    EXPECT_EQ(events_of(list_all({}, 1)), (names{"e1 delivered", "e2 pending"}));
    EXPECT_NE(metrics_.render().find("attempt_record"), std::string::npos);
}

TEST_F(inspection_listing, without_redis_it_says_so) {
    run(client_->stop());
    const auto answer = ask_for_any(inspection_->deliveries(shop, {}, "", 10));
    ASSERT_FALSE(answer);
    EXPECT_FALSE(answer.error().bad_position);
    EXPECT_FALSE(answer.error().text.empty());
}

TEST_F(inspection_listing, an_error_of_redis_is_told) {
    (*outside_)("SET", names_.history(partition_of("shop"), shop), "no list");
    const auto answer = ask_for_any(inspection_->deliveries(shop, {}, "", 10));
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().text.find("WRONGTYPE"), std::string::npos);
}

TEST_F(inspection_listing, one_delivery_with_its_attempts) {
    put("e1");
    retry(take(), milliseconds(0));
    until([this] {
        store_->promote_due();
        return outside_->text("LLEN", names_.retry_lane(partition_of("shop"), shop)) == "1";
    });
    deliver(take(), true);
    const auto found = ask(inspection_->delivery(shop, id_of("e1")));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->row.status, delivery_status::delivered);
    EXPECT_EQ(found->row.event_id, "e1");
    EXPECT_EQ(found->row.attempts, 2u);
    ASSERT_EQ(found->attempts.size(), 2u);
    EXPECT_EQ(found->attempts[0].attempt, 1u);
    EXPECT_EQ(found->attempts[1].attempt, 2u);
    EXPECT_EQ(found->body, "body of e1") << "its record keeps it";
    EXPECT_TRUE(found->accepted_at);
    EXPECT_FALSE(ask(inspection_->delivery(shop, id_of("e2"))));
    EXPECT_FALSE(ask(inspection_->delivery("default.bank", id_of("e1"))));
}

TEST_F(inspection_listing, an_event_is_found_wherever_it_lies) {
    put("e1", {"shop", "bank", "mail"});
    deliver(take("bank"));
    bury(take("mail"));
    auto found = ask(inspection_->find_event(id_of("e1"), {"default.bank", "default.none"}));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->head.id, "e1");
    EXPECT_EQ(found->head.tenant, "default");
    EXPECT_EQ(found->body, "body of e1");
    auto events = events_of(found->deliveries);
    std::sort(events.begin(), events.end());
    EXPECT_EQ(events, (names{"e1 dead", "e1 delivered", "e1 pending"}));
    EXPECT_FALSE(ask(inspection_->find_event(id_of("unknown"), {"default.bank"})));
}

TEST_F(inspection_listing, a_delivered_event_is_found_by_its_record_and_by_candidates) {
    enqueue("e1", {"shop"}, std::string(16, 'h'));
    put("e2");
    deliver(take());
    deliver(take());
    const auto remembered = ask(inspection_->find_event(id_of("e1"), {}));
    ASSERT_TRUE(remembered);
    EXPECT_EQ(remembered->head.type, "test.event");
    EXPECT_EQ(remembered->head.tenant, "default");
    EXPECT_NE(remembered->head.accepted_at, wall_time());
    EXPECT_FALSE(remembered->body);
    EXPECT_EQ(events_of(remembered->deliveries), names{"e1 delivered"});
    EXPECT_FALSE(ask(inspection_->find_event(id_of("e2"), {})));
    EXPECT_TRUE(ask(inspection_->find_event(id_of("e2"), {shop})));
}

TEST_F(inspection_listing, whoever_asks_first_waits_for_the_connection) {
    auto fresh = connect(server());
    {
        inspection first(*fresh, names_, metrics_, clock_);
        EXPECT_TRUE(ask_for_any(first.read_totals()));
    }
    disconnect(fresh);
}

TEST_F(inspection_listing, a_server_that_is_not_there_is_not_waited_for) {
    redis::client_settings settings = fast_settings(server());
    settings.where.path = "/nowhere/redis.sock";
    auto lost = std::make_unique<redis::client>(context_.get_executor(), resolver_, settings,
                                                store::preamble(), system_time());
    lost->start();
    {
        inspection first(*lost, names_, metrics_, clock_);
        const auto began = system_time().monotonic_now();
        const auto answer = ask_for_any(first.read_totals());
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().text, "Redis does not answer");
        EXPECT_LT(system_time().monotonic_now() - began, std::chrono::seconds(3));
    }
    disconnect(lost);
}

TEST_F(inspection_listing, overviews_and_totals_sum_up) {
    kill("e1");
    kill("e2", "bank", dead_reason::expired);
    put("e3");
    put("e4");
    retry(take());
    put("e5");
    const auto sending = take();
    (*outside_)("HSET", names_.health(partition_of("shop")), shop, "open");
    (*outside_)("SET", names_.holder(0), "me");
    const auto views = ask(inspection_->overviews({"default.bank", shop, "default.none"}));
    ASSERT_EQ(views.size(), 3u);
    EXPECT_EQ(views[0].dead, 1u);
    EXPECT_EQ(views[0].waiting, 0u);
    EXPECT_FALSE(views[0].oldest);
    EXPECT_EQ(views[1].waiting, 2u);
    EXPECT_EQ(views[1].in_flight, 1u);
    EXPECT_EQ(views[1].dead, 1u);
    EXPECT_EQ(views[1].health, "open");
    EXPECT_TRUE(views[1].oldest);
    EXPECT_EQ(views[2].waiting, 0u);
    const auto totals = ask(inspection_->read_totals());
    EXPECT_EQ(totals.accepted, 5u);
    EXPECT_EQ(totals.dead, 1u);
    EXPECT_EQ(totals.expired, 1u);
    EXPECT_EQ(totals.retried, 1u);
    ASSERT_EQ(totals.holders.size(), 2u);
    EXPECT_EQ(totals.holders[0].name, "");
    EXPECT_EQ(totals.holders[0].partitions.size(), 3u);
    EXPECT_EQ(totals.holders[1].name, "me");
    EXPECT_EQ(totals.holders[1].partitions.size(), 1u);
    deliver(sending);
}

}  // namespace
}  // namespace postrider::queue
