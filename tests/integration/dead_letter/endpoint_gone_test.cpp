#include "letters_story.h"

namespace postrider::dead_letter {
namespace {

using endpoint_gone = letters_story;

job by_filter(job_kind kind, const std::string& queue_name) {
    job wanted;
    wanted.kind = kind;
    wanted.filter.queue_name = queue_name;
    return wanted;
}

TEST_F(endpoint_gone, a_deleted_endpoint_ends_with_what_waits_and_what_is_in_flight) {
    is_gone_ = true;
    dispatch_.reserves = false;
    store_events("shop", 0, 500);
    dispatch_.reserves = true;
    dispatch_.buries = false;
    store_events("other", 0, 1);
    ASSERT_EQ(overview("shop").waiting, 500u);
    const auto made = get(jobs_->create(by_filter(job_kind::delete_endpoint, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    const job there = ended(made->id);
    EXPECT_EQ(there.status, job_status::done) << there.error;
    EXPECT_EQ(there.done, 500u);
    EXPECT_EQ(overview("shop").waiting, 0u);
    EXPECT_EQ(dead("shop"), 500u);
    const auto page = get(inspection_->dead_letters(queue::dead_letter_filter(), "", 1));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->rows.at(0).record.reason, dead_reason::endpoint_deleted);
    EXPECT_EQ(overview("other").in_flight, 1u) << "another endpoint's";
    ASSERT_EQ(reported_.size(), 500u) << "each is told of";
    EXPECT_TRUE(reported_.front().head.id.starts_with("shop-"));
    stop(daemon);
}

TEST_F(endpoint_gone, a_deleted_endpoint_waits_for_what_is_in_flight) {
    is_gone_ = true;
    dispatch_.buries = false;
    store_events("shop", 0, 1);
    ASSERT_EQ(dispatch_.held.size(), 1u);
    const auto made = get(jobs_->create(by_filter(job_kind::delete_endpoint, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    while (found(made->id).total != 1)
        context_.run_one_for(milliseconds(10));
    EXPECT_EQ(found(made->id).status, job_status::running);
    store_->complete(dispatch_.held[0], queue::history_entry());
    EXPECT_EQ(ended(made->id).status, job_status::done);
    EXPECT_EQ(found(made->id).done, 0u) << "it was delivered";
    stop(daemon);
}

TEST_F(endpoint_gone, a_queue_is_not_ended_before_its_endpoint_is_gone) {
    dispatch_.reserves = false;
    store_events("shop", 0, 3);
    is_stored_ = true;
    const auto made = get(jobs_->create(by_filter(job_kind::delete_endpoint, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    wait_for_looks(daemon);
    is_stored_ = std::nullopt;
    wait_for_looks(daemon);
    is_stored_ = false;
    wait_for_looks(daemon);
    EXPECT_EQ(overview("shop").waiting, 3u) << "this daemon does not know that it is gone";
    is_gone_ = true;
    daemon.runner->wake();
    EXPECT_EQ(ended(made->id).done, 3u);
    EXPECT_EQ(dead("shop"), 3u);
    stop(daemon);
}

TEST_F(endpoint_gone, a_deletion_that_did_not_happen_ends_its_job_and_nothing_else) {
    dispatch_.reserves = false;
    store_events("shop", 0, 3);
    is_stored_ = true;
    const auto made = get(jobs_->create(by_filter(job_kind::delete_endpoint, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    wait_for_looks(daemon);
    EXPECT_EQ(found(made->id).status, job_status::running);
    clock_.shift += std::chrono::seconds(61);
    daemon.runner->wake();
    const job there = ended(made->id);
    EXPECT_EQ(there.status, job_status::failed);
    EXPECT_NE(there.error.find("still there"), std::string::npos) << there.error;
    EXPECT_EQ(overview("shop").waiting, 3u);
    stop(daemon);
}

TEST_F(endpoint_gone, what_comes_while_others_do_not_know_of_the_deletion_ends_too) {
    is_gone_ = true;
    dispatch_.reserves = false;
    const auto made = get(jobs_->create(by_filter(job_kind::delete_endpoint, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    wait_for_looks(daemon);
    store_events("shop", 0, 2);
    EXPECT_EQ(ended(made->id).done, 2u);
    EXPECT_EQ(dead("shop"), 2u);
    stop(daemon);
}

TEST_F(endpoint_gone, nothing_is_replayed_to_an_endpoint_that_is_not_known) {
    store_events("shop", 0, 3);
    is_gone_ = true;
    const auto made = get(jobs_->create(by_filter(job_kind::replay, queue_of("shop"))));
    auto daemon = make_daemon();
    daemon.runner->start();
    const job there = ended(made->id);
    EXPECT_EQ(there.status, job_status::done) << there.error;
    EXPECT_EQ(there.done, 3u);
    EXPECT_EQ(there.skipped, 3u);
    EXPECT_EQ(dead("shop"), 3u);
    stop(daemon);
}

TEST_F(endpoint_gone, what_is_gone_already_is_skipped_by_a_purge) {
    store_events("shop", 0, 1);
    job wanted;
    wanted.kind = job_kind::purge;
    wanted.named.emplace_back(queue_of("shop"), store_id(tenant, "shop-0"));
    wanted.named.emplace_back(queue_of("shop"), store_id(tenant, "none"));
    const auto made = get(jobs_->create(wanted));
    auto daemon = make_daemon();
    daemon.runner->start();
    const job there = ended(made->id);
    EXPECT_EQ(there.done, 2u);
    EXPECT_EQ(there.skipped, 1u);
    stop(daemon);
}

TEST_F(endpoint_gone, a_webhook_is_found_in_whatever_tenant) {
    store_events("shop", 0, 300);
    store_events("workshop", 0, 2);
    job wanted = by_filter(job_kind::purge, "");
    wanted.filter.endpoint = "shop";
    const auto made = get(jobs_->create(wanted));
    auto daemon = make_daemon();
    daemon.runner->start();
    const job there = ended(made->id);
    EXPECT_EQ(there.done, 300u) << there.error;
    EXPECT_EQ(there.filter.endpoint, "shop");
    EXPECT_EQ(dead("shop"), 0u);
    EXPECT_EQ(dead("workshop"), 2u);
    stop(daemon);
}

TEST_F(endpoint_gone, who_has_the_store_alone_does_not_wait_for_the_lock_of_a_dead_process) {
    store_events("shop", 0, 10);
    redis("SET", "test:{jobs}:lock", "another", "PX", "60000");
    const auto made = get(jobs_->create(by_filter(job_kind::purge, queue_of("shop"))));
    exclusive_ = true;
    auto daemon = make_daemon();
    daemon.runner->start();
    EXPECT_EQ(ended(made->id).done, 10u);
    stop(daemon);
}

}  // namespace
}  // namespace postrider::dead_letter
