#include "jobs_story.h"

#include <postrider/runtime/signal.h>

#include <algorithm>
#include <set>

namespace postrider::dead_letter {
namespace {

using jobs = jobs_story;

TEST_F(jobs, a_job_is_made_with_id_and_times_and_found_again) {
    job wanted;
    wanted.kind = job_kind::purge;
    wanted.tenant = "acme";
    wanted.filter.event_type = "a.b";
    wanted.named = {{"acme.ep_1", "x"}};
    const auto made = get(jobs_->create(wanted));
    ASSERT_TRUE(made) << made.error();
    EXPECT_TRUE(made->id.starts_with("job_"));
    EXPECT_EQ(made->status, job_status::running);
    const auto off = system_time().wall_now() - made->created_at;
    EXPECT_LT(std::chrono::abs(off), std::chrono::seconds(10));
    const job there = found(made->id);
    EXPECT_EQ(there.kind, job_kind::purge);
    EXPECT_EQ(there.filter.event_type, "a.b");
    EXPECT_EQ(there.created_at, made->created_at);
    EXPECT_EQ(there.named, wanted.named);
    EXPECT_TRUE(*get(jobs_->any_running()));
    EXPECT_FALSE(*get(jobs_->find("job_none")));
}

TEST_F(jobs, progress_is_saved_by_the_holder_of_the_lock_alone) {
    job made = create(job_kind::replay);
    made.done = 5;
    EXPECT_FALSE(*get(jobs_->save(made))) << "nobody holds it";
    job_store other(*client_, "test", random_, system_time());
    ASSERT_TRUE(*get(other.take_lock("other")));
    EXPECT_FALSE(*get(jobs_->take_lock("mine")));
    EXPECT_FALSE(*get(jobs_->save(made)));
    EXPECT_EQ(found(made.id).done, 0u);
    ASSERT_TRUE(*get(other.save(made)));
    EXPECT_EQ(found(made.id).done, 5u);
}

TEST_F(jobs, the_lock_is_kept_by_renewal_and_free_after_release) {
    EXPECT_TRUE(*get(jobs_->take_lock("a")));
    EXPECT_TRUE(*get(jobs_->take_lock("a"))) << "held for longer";
    EXPECT_FALSE(*get(jobs_->take_lock("b")));
    const auto lasts = redis("PTTL", "test:{jobs}:lock").integer();
    EXPECT_GT(lasts, 8000);
    EXPECT_LE(lasts, 10'000);
    EXPECT_FALSE(*get(jobs_->release_lock("b")));
    EXPECT_FALSE(*get(jobs_->take_lock("b")));
    EXPECT_TRUE(*get(jobs_->release_lock("a")));
    EXPECT_TRUE(*get(jobs_->take_lock("b")));
}

TEST_F(jobs, one_that_ended_runs_no_more_and_names_no_letters) {
    job wanted;
    wanted.named = {{"acme.ep_1", "x"}};
    job made = *get(jobs_->create(wanted));
    ASSERT_TRUE(*get(jobs_->take_lock("a")));
    made.status = job_status::failed;
    made.error = "because";
    ASSERT_TRUE(*get(jobs_->save(made)));
    EXPECT_TRUE(get(jobs_->running())->empty());
    EXPECT_FALSE(*get(jobs_->any_running()));
    const job there = found(made.id);
    EXPECT_EQ(there.status, job_status::failed);
    EXPECT_EQ(there.error, "because");
    EXPECT_TRUE(there.named.empty());
    made.status = job_status::running;
    EXPECT_FALSE(*get(jobs_->save(made))) << "it ended for good";
}

TEST_F(jobs, at_most_a_hundred_run) {
    for (std::size_t count = 0; count < job_store::most_running; ++count)
        create(job_kind::replay);
    const auto one_more = get(jobs_->create(job()));
    ASSERT_FALSE(one_more);
    EXPECT_EQ(one_more.error(), "100 jobs are running; try again later");
    EXPECT_EQ(get(jobs_->running())->size(), 100u);
}

TEST_F(jobs, too_many_named_letters_are_refused) {
    job wanted;
    wanted.named.resize(job::most_named + 1);
    EXPECT_FALSE(get(jobs_->create(wanted)));
    EXPECT_FALSE(*get(jobs_->any_running()));
}

TEST_F(jobs, are_listed_newest_first_in_pages_by_tenant) {
    std::vector<std::string> ids;
    for (int count = 0; count < 10; ++count)
        ids.push_back(create(job_kind::replay, count % 2 == 0 ? "even" : "odd").id);
    std::vector<std::string> listed;
    std::string position;
    int pages = 0;
    do {
        const auto page = get(jobs_->list("", position, 4));
        ASSERT_TRUE(page) << page.error();
        for (const auto& row : page->jobs)
            listed.push_back(row.id);
        position = page->next;
        ++pages;
    } while (!position.empty());
    EXPECT_EQ(pages, 3);
    std::reverse(ids.begin(), ids.end());
    EXPECT_EQ(listed, ids);

    const auto even = get(jobs_->list("even", "", 3));
    ASSERT_EQ(even->jobs.size(), 3u);
    const auto rest = get(jobs_->list("even", even->next, 3));
    ASSERT_EQ(rest->jobs.size(), 2u);
    EXPECT_TRUE(rest->next.empty());
    EXPECT_EQ(rest->jobs.back().id, ids[9]);
    EXPECT_TRUE(get(jobs_->list("nobody", "", 3))->jobs.empty());
}

TEST_F(jobs, a_position_of_others_is_refused) {
    for (const char* odd : {"x", "-1", "1.5", "+inf", "9999999999999999", "1 "})
        EXPECT_EQ(get(jobs_->list("", odd, 3)).error(), "no such position") << odd;
}

TEST_F(jobs, finished_ones_go_after_seven_days) {
    job made = create(job_kind::replay);
    const job running = create(job_kind::replay);
    ASSERT_TRUE(*get(jobs_->take_lock("a")));
    made.status = job_status::done;
    ASSERT_TRUE(*get(jobs_->save(made)));
    const auto now = system_time().wall_now().time_since_epoch();
    const auto day = std::chrono::hours(24);
    redis("ZADD", "test:{jobs}:finished",
          std::to_string(
              std::chrono::duration_cast<milliseconds>(now - 7 * day + std::chrono::minutes(1)).count()),
          made.id);
    ASSERT_TRUE(get(jobs_->any_running()));
    EXPECT_TRUE(*get(jobs_->find(made.id)));
    redis("ZADD", "test:{jobs}:finished",
          std::to_string(
              std::chrono::duration_cast<milliseconds>(now - 7 * day - std::chrono::minutes(1)).count()),
          made.id);
    ASSERT_TRUE(get(jobs_->any_running()));
    EXPECT_FALSE(*get(jobs_->find(made.id)));
    EXPECT_EQ(get(jobs_->list("", "", 9))->jobs.size(), 1u);
    EXPECT_TRUE(*get(jobs_->find(running.id))) << "however old";
}

TEST_F(jobs, at_most_a_thousand_finished_ones_are_kept) {
    std::string first;
    for (int count = 0; count < 1003; ++count) {
        if (count % 100 == 0) {
            ASSERT_TRUE(*get(jobs_->take_lock("a")));  // it lasts ten seconds
        }
        job made = create(job_kind::replay);
        made.status = job_status::done;
        ASSERT_TRUE(*get(jobs_->save(made)));
        if (count > 0) continue;
        first = made.id;
        run(runtime::sleep_for(milliseconds(2)));  // the others end in a later millisecond
    }
    EXPECT_EQ(redis("ZCARD", "test:{jobs}:finished").integer(), 1000);
    EXPECT_EQ(redis("ZCARD", "test:{jobs}:all").integer(), 1000);
    EXPECT_EQ(redis("KEYS", "test:{jobs}:job:*").size(), 1000u);
    EXPECT_FALSE(*get(jobs_->find(first)));
    std::set<std::string> listed;
    std::string position;
    do {
        const auto page = get(jobs_->list("", position, 250));
        for (const auto& row : page->jobs)
            listed.insert(row.id);
        position = page->next;
    } while (!position.empty());
    EXPECT_EQ(listed.size(), 1000u);
}

TEST_F(jobs, one_that_cannot_be_read_runs_with_an_error) {
    const job made = create(job_kind::purge);
    redis("HSET", "test:{jobs}:job:" + made.id, "made", "nonsense");
    const auto running = get(jobs_->running());
    ASSERT_TRUE(running);
    ASSERT_EQ(running->size(), 1u);
    EXPECT_EQ((*running)[0].id, made.id);
    EXPECT_FALSE((*running)[0].error.empty());
    redis("DEL", "test:{jobs}:job:" + made.id);
    EXPECT_EQ((*get(jobs_->running()))[0].error, "the store holds nothing of it");
}

TEST_F(jobs, a_key_of_the_wrong_kind_is_an_error) {
    redis("SET", "test:{jobs}:running", "odd");
    EXPECT_FALSE(get(jobs_->create(job())));
    EXPECT_FALSE(get(jobs_->any_running()));
    EXPECT_FALSE(get(jobs_->running()));
    EXPECT_EQ(redis("KEYS", "*").size(), 1u) << "nothing was written";
}

TEST_F(jobs, without_memory_jobs_are_made_and_go_on) {
    redis("CONFIG", "SET", "maxmemory", "1");
    job made = create(job_kind::purge);
    EXPECT_TRUE(*get(jobs_->take_lock("a")));
    made.done = 1;
    EXPECT_TRUE(*get(jobs_->save(made)));
    redis("CONFIG", "SET", "maxmemory", "0");
}

}  // namespace
}  // namespace postrider::dead_letter
