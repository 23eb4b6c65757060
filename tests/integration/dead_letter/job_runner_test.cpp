#include "letters_story.h"

#include <postrider/runtime/signal.h>

#include <algorithm>

namespace postrider::dead_letter {
namespace {

using jobs_run = letters_story;

job by_filter(job_kind kind, const std::string& queue_name) {
    job wanted;
    wanted.kind = kind;
    wanted.filter.queue_name = queue_name;
    return wanted;
}

TEST_F(jobs_run, a_thousand_letters_are_replayed_with_progress) {
    store_events("shop", 0, 1000);
    ASSERT_EQ(dead("shop"), 1000u);
    auto daemon = make_daemon();
    daemon.runner->start();
    const auto made = get(jobs_->create(by_filter(job_kind::replay, queue_of("shop"))));
    ASSERT_TRUE(made) << made.error();
    daemon.runner->wake();
    std::set<std::uint64_t> seen;
    job there = found(made->id);
    while (there.status == job_status::running) {
        seen.insert(there.done);
        if (there.done > 0) {
            EXPECT_EQ(there.total, 1000u) << "known before the first letter";
        }
        there = found(made->id);
    }
    EXPECT_EQ(there.status, job_status::done) << there.error;
    EXPECT_EQ(there.done, 1000u);
    EXPECT_EQ(there.total, 1000u);
    EXPECT_EQ(there.skipped, 0u);
    EXPECT_GE(seen.size(), 2u) << "it grew under way";
    EXPECT_EQ(dead("shop"), 0u);
    EXPECT_EQ(overview("shop").waiting, 1000u);
    EXPECT_EQ(woken_, std::multiset<std::string>{queue_of("shop")}) << "only the step from empty wakes";
    stop(daemon);
}

TEST_F(jobs_run, another_runner_goes_on_where_one_stopped) {
    store_events("shop", 0, 1000);
    const auto made = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    ASSERT_TRUE(made);
    {
        auto first = make_daemon();
        first.runner->start();
        job there = found(made->id);
        while (there.done == 0)
            there = found(made->id);
        stop(first);
    }
    const job between = found(made->id);
    EXPECT_EQ(between.status, job_status::running) << "stopped after the step under way";
    EXPECT_LT(between.done, 1000u);
    EXPECT_EQ(dead("shop"), 1000u - between.done);
    EXPECT_EQ(redis("EXISTS", "test:{jobs}:lock").integer(), 0) << "given back";
    auto second = make_daemon();
    second.runner->start();
    const job there = ended(made->id);
    EXPECT_EQ(there.status, job_status::done);
    EXPECT_EQ(there.done, 1000u);
    EXPECT_EQ(dead("shop"), 0u);
    stop(second);
}

TEST_F(jobs_run, a_purge_by_type_counts_first_and_leaves_the_others) {
    store_events("shop", 0, 300, "order.paid");
    store_events("shop", 300, 400, "order.lost");
    job wanted = by_filter(job_kind::purge, "");
    wanted.filter.event_type = "order.paid";
    const auto made = get(jobs_->create(wanted));
    auto daemon = make_daemon();
    daemon.runner->start();
    std::set<std::uint64_t> totals;
    job there = found(made->id);
    while (there.status == job_status::running) {
        if (there.done > 0) totals.insert(there.total);
        there = found(made->id);
    }
    EXPECT_EQ(there.status, job_status::done) << there.error;
    EXPECT_EQ(there.done, 300u);
    EXPECT_EQ(there.total, 300u);
    for (const auto total : totals)
        EXPECT_EQ(total, 300u) << "counted before the first one went";
    EXPECT_EQ(dead("shop"), 100u);
    EXPECT_TRUE(woken_.empty());
    stop(daemon);
}

TEST_F(jobs_run, a_tenant_moves_only_its_own_letters) {
    store_events("shop", 0, 10);
    job wanted = by_filter(job_kind::purge, "");
    wanted.filter.tenant = "other";
    const auto made = get(jobs_->create(wanted));
    auto daemon = make_daemon();
    daemon.runner->start();
    EXPECT_EQ(ended(made->id).done, 0u);
    EXPECT_EQ(dead("shop"), 10u);
    wanted.filter.tenant = "default";
    const auto own = get(jobs_->create(wanted));
    daemon.runner->wake();
    EXPECT_EQ(ended(own->id).done, 10u);
    EXPECT_EQ(dead("shop"), 0u);
    stop(daemon);
}

TEST_F(jobs_run, what_died_after_the_job_was_made_is_left_alone) {
    store_events("shop", 0, 5);
    const auto made = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    const wall_time created = made->created_at;
    until([&] { return system_time().wall_now() > created + milliseconds(2); });
    store_events("shop", 5, 8);
    auto daemon = make_daemon();
    daemon.runner->start();
    EXPECT_EQ(ended(made->id).done, 5u);
    EXPECT_EQ(dead("shop"), 3u);
    stop(daemon);
}

TEST_F(jobs_run, a_full_queue_takes_no_more_and_the_rest_is_skipped) {
    store_events("shop", 0, 20);
    max_queued_ = 7;
    const auto made = get(jobs_->create(by_filter(job_kind::replay, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    const job there = ended(made->id);
    EXPECT_EQ(there.done, 20u);
    EXPECT_EQ(there.skipped, 13u);
    EXPECT_EQ(overview("shop").waiting, 7u);
    EXPECT_EQ(dead("shop"), 13u);
    stop(daemon);
}

TEST_F(jobs_run, named_letters_go_and_what_is_not_dead_is_skipped) {
    store_events("shop", 0, 600);
    dispatch_.buries = false;
    store_events("shop", 600, 601);
    job wanted;
    wanted.kind = job_kind::replay;
    for (int number = 0; number < 400; ++number)
        wanted.named.emplace_back(queue_of("shop"), store_id(tenant, "shop-" + std::to_string(number)));
    wanted.named.emplace_back(queue_of("shop"), store_id(tenant, "shop-600"));
    wanted.named.emplace_back(queue_of("shop"), store_id(tenant, "none"));
    const auto made = get(jobs_->create(wanted));
    auto daemon = make_daemon();
    daemon.runner->start();
    const job there = ended(made->id);
    EXPECT_EQ(there.status, job_status::done) << there.error;
    EXPECT_EQ(there.total, 402u);
    EXPECT_EQ(there.done, 402u);
    EXPECT_EQ(there.skipped, 2u);
    EXPECT_EQ(dead("shop"), 200u);
    EXPECT_EQ(overview("shop").waiting, 400u);
    stop(daemon);
}

TEST_F(jobs_run, of_two_runners_one_works_and_the_other_takes_over) {
    store_events("shop", 0, 1000);
    auto first = make_daemon();
    auto second = make_daemon();
    first.runner->start();
    second.runner->start();
    std::vector<std::string> ids;
    for (int count = 0; count < 4; ++count) {
        ids.push_back(get(jobs_->create(by_filter(job_kind::replay, queue_of("shop"))))->id);
        first.runner->wake();
        second.runner->wake();
    }
    std::uint64_t done = 0;
    for (const auto& id : ids) {
        const job there = ended(id);
        EXPECT_EQ(there.status, job_status::done) << there.error;
        done += there.done - there.skipped;
    }
    EXPECT_EQ(done, 1000u) << "each letter once";
    EXPECT_EQ(overview("shop").waiting, 1000u);
    stop(first);
    const auto last = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    second.runner->wake();
    EXPECT_EQ(ended(last->id).status, job_status::done);
    stop(second);
}

TEST_F(jobs_run, a_runner_that_lost_the_lock_saves_nothing) {
    store_events("shop", 0, 10);
    redis("SET", "test:{jobs}:lock", "another", "PX", "60000");
    const auto made = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    run(runtime::sleep_for(milliseconds(50)));
    EXPECT_EQ(found(made->id).done, 0u);
    EXPECT_EQ(dead("shop"), 10u);
    redis("DEL", "test:{jobs}:lock");
    daemon.runner->wake();
    EXPECT_EQ(ended(made->id).done, 10u);
    stop(daemon);
}

TEST_F(jobs_run, letters_are_walked_from_either_end) {
    for (int number = 0; number < 40; number += 4)
        for (const auto* shop : {"shop", "fair"})
            store_events(shop, number, number + 4);
    for (const auto& queue_name : {std::string(), queue_of("shop")}) {
        queue::dead_letter_filter filter;
        filter.queue_name = queue_name;
        auto falling = walk(filter);
        filter.oldest_first = true;
        const auto rising = walk(filter);
        EXPECT_EQ(rising.size(), queue_name.empty() ? 80u : 40u);
        std::reverse(falling.begin(), falling.end());
        EXPECT_EQ(rising, falling);
    }
}

TEST_F(jobs_run, a_position_that_the_store_refuses_fails_the_job_and_says_why) {
    const auto made = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    job odd = *made;
    odd.position = "walk:not a position";
    ASSERT_TRUE(*get(jobs_->take_lock("t")));
    ASSERT_TRUE(*get(jobs_->save(odd)));
    ASSERT_TRUE(*get(jobs_->release_lock("t")));
    auto daemon = make_daemon();
    daemon.runner->start();
    const job there = ended(made->id);
    EXPECT_EQ(there.status, job_status::failed);
    EXPECT_FALSE(there.error.empty());
    stop(daemon);
}

TEST_F(jobs_run, one_that_cannot_be_read_fails_and_others_go_on) {
    store_events("shop", 0, 10);
    const auto odd = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    redis("HSET", "test:{jobs}:job:" + odd->id, "made", "nonsense");
    const auto made = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    EXPECT_EQ(ended(made->id).done, 10u);
    until([&] { return !*get(jobs_->any_running()); });
    stop(daemon);
}

TEST_F(jobs_run, while_redis_is_away_a_job_waits_and_then_goes_on) {
    store_events("shop", 0, 1000);
    auto daemon = make_daemon();
    daemon.runner->start();
    const auto made = get(jobs_->create(by_filter(job_kind::replay, queue_of("shop"))));
    daemon.runner->wake();
    job there = found(made->id);
    while (there.done == 0)
        there = found(made->id);
    const auto generation = client_->generation();
    // It ends the connection that asks, too, so its reply may be lost.
    static_cast<void>(get(client_->call(redis::command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"))));
    until([&] { return client_->generation() > generation; });
    there = ended(made->id);
    EXPECT_EQ(there.status, job_status::done) << there.error;
    EXPECT_EQ(overview("shop").waiting, 1000u);
    stop(daemon);
}

TEST_F(jobs_run, a_job_whose_steps_fail_for_a_minute_fails_and_one_that_recovers_goes_on) {
    store_events("shop", 0, 10);
    store_events("fair", 0, 10);
    const auto odd_key = names_.dead(names_.partition_of(queue_of("shop")), queue_of("shop"));
    redis("RENAME", odd_key, "aside");
    redis("SET", odd_key, "odd");
    const auto made = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    const auto fine = get(jobs_->create(by_filter(job_kind::purge, queue_of("fair"))));
    daemon.runner->wake();
    EXPECT_EQ(ended(fine->id).done, 10u) << "others go on";
    EXPECT_EQ(found(made->id).status, job_status::running);
    clock_.shift += std::chrono::seconds(61);
    daemon.runner->wake();
    const job there = ended(made->id);
    EXPECT_EQ(there.status, job_status::failed);
    EXPECT_FALSE(there.error.empty());

    const auto second = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    daemon.runner->wake();
    run(runtime::sleep_for(milliseconds(20)));
    EXPECT_EQ(found(second->id).status, job_status::running);
    redis("RENAME", "aside", odd_key);
    EXPECT_EQ(ended(second->id).done, 10u);
    stop(daemon);
}

}  // namespace
}  // namespace postrider::dead_letter
