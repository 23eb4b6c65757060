#include "letters_story.h"

namespace postrider::dead_letter {
namespace {

/// Data of a tenant or of an event, taken away by jobs.
class erasing : public letters_story {
 protected:
    std::string erase_event(const std::string& event) {
        job wanted;
        wanted.kind = job_kind::delete_event;
        wanted.filter.tenant = tenant;
        wanted.named.emplace_back(tenant, store_id(tenant, event));
        return get(jobs_->create(std::move(wanted))).value_or(job()).id;
    }
    std::string erase_tenant(const std::string& whose = tenant) {
        job wanted;
        wanted.kind = job_kind::delete_tenant;
        wanted.filter.tenant = whose;
        return get(jobs_->create(std::move(wanted))).value_or(job()).id;
    }
    job run_to_end(const std::string& id) {
        auto daemon = make_daemon();
        daemon.runner->start();
        job there = ended(id);
        stop(daemon);
        EXPECT_EQ(there.status, job_status::done) << there.error;
        return there;
    }
    void expect_accounts_to_add_up() {
        for (std::uint32_t partition = 0; partition < names_.partitions(); ++partition)
            EXPECT_TRUE(get(inspection_->reckon(partition))->adds_up()) << partition;
    }
    /// Keys of events, states, letters and histories.
    std::size_t keys_left() {
        std::size_t left = 0;
        for (const auto* pattern : {"*:event:*", "*:states", "*:letter:*", "*:history:*", "*:queue:*"})
            left += redis("KEYS", pattern).size();
        return left;
    }
};

TEST_F(erasing, all_of_a_tenant_goes_in_steps) {
    store_events("shop", 0, 400);
    dispatch_.reserves = false;
    for (const auto* endpoint : {"other", "third"})
        store_events(endpoint, 0, 700);
    const job there = run_to_end(erase_tenant());
    EXPECT_EQ(there.done, 1800u);
    EXPECT_EQ(there.total, 1800u);
    EXPECT_EQ(keys_left(), 0u);
    expect_accounts_to_add_up();
}

TEST_F(erasing, another_tenant_keeps_everything) {
    store_events("shop", 0, 3);
    EXPECT_EQ(run_to_end(erase_tenant("def")).done, 0u);
    EXPECT_EQ(run_to_end(erase_tenant("default2")).done, 0u);
    EXPECT_EQ(dead("shop"), 3u);
}

TEST_F(erasing, what_is_in_flight_is_waited_for_and_goes_then) {
    dispatch_.buries = false;
    store_events("shop", 0, 1);
    const std::string of_tenant = erase_tenant();
    const std::string of_event = erase_event("shop-0");
    auto daemon = make_daemon();
    daemon.runner->start();
    while (found(of_tenant).total != 1 || found(of_event).total != 1)
        context_.run_one_for(milliseconds(10));
    EXPECT_EQ(found(of_tenant).status, job_status::running);
    dispatch_.buries = true;
    dispatch_.on_claimed(dispatch_.held.at(0));
    EXPECT_EQ(ended(of_tenant).status, job_status::done);
    EXPECT_EQ(ended(of_event).status, job_status::done);
    EXPECT_EQ(found(of_tenant).done + found(of_event).done, 1u);
    EXPECT_EQ(keys_left(), 0u);
    stop(daemon);
    expect_accounts_to_add_up();
}

TEST_F(erasing, what_was_accepted_after_the_job_was_made_stays) {
    const std::string id = erase_tenant();
    // As if it had been made a minute ago.
    redis("HINCRBY", "test:{jobs}:job:" + id, "created_at", "-60000");
    dispatch_.reserves = false;
    store_events("shop", 0, 300);
    EXPECT_EQ(run_to_end(id).done, 0u);
    EXPECT_EQ(overview("shop").waiting, 300u);
}

TEST_F(erasing, one_event_goes_and_the_others_stay) {
    store_events("shop", 0, 5);
    dispatch_.reserves = false;
    store_events("shop", 5, 10);
    EXPECT_EQ(run_to_end(erase_event("shop-2")).done, 1u);
    EXPECT_EQ(run_to_end(erase_event("shop-7")).done, 1u);
    EXPECT_EQ(run_to_end(erase_event("nothing")).done, 0u);
    EXPECT_EQ(dead("shop"), 4u);
    EXPECT_EQ(overview("shop").waiting, 4u);
    expect_accounts_to_add_up();
}

TEST_F(erasing, a_job_goes_on_where_another_daemon_left_it) {
    dispatch_.reserves = false;
    store_events("shop", 0, 2000);
    const std::string id = erase_tenant();
    auto first = make_daemon();
    first.runner->start();
    while (found(id).done == 0 && !HasFailure())
        context_.run_one_for(milliseconds(1));
    stop(first);
    EXPECT_EQ(run_to_end(id).done, 2000u);
    EXPECT_EQ(keys_left(), 0u);
    expect_accounts_to_add_up();
}

}  // namespace
}  // namespace postrider::dead_letter
