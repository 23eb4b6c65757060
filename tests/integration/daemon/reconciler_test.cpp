#include "daemon/reconciler.h"

#include "../queue/inspection_story.h"

namespace postrider::queue {
namespace {

using daemon::difference_watch;
using news = difference_watch::news;

reckoning differing(std::int64_t missing) {
    reckoning found;
    found.partition = 3;
    found.accepted = missing;
    return found;
}

TEST(difference_watch, tells_what_stands_at_two_looks_and_only_once) {
    difference_watch watch;
    EXPECT_EQ(watch.note(differing(0)), news::none);
    EXPECT_EQ(watch.note(differing(2)), news::none);
    EXPECT_EQ(watch.standing(), 0u);
    EXPECT_EQ(watch.note(differing(2)), news::began);
    EXPECT_EQ(watch.standing(), 1u);
    EXPECT_EQ(watch.note(differing(2)), news::none);
    EXPECT_EQ(watch.note(differing(4)), news::changed);
    EXPECT_EQ(watch.note(differing(0)), news::ended);
    EXPECT_EQ(watch.standing(), 0u);
}

TEST(difference_watch, what_passes_or_did_not_settle_is_no_news) {
    difference_watch watch;
    EXPECT_EQ(watch.note(differing(2)), news::none);
    EXPECT_EQ(watch.note(differing(0)), news::none);
    EXPECT_EQ(watch.note(differing(2)), news::none) << "not two in a row";
    reckoning moving = differing(5);
    moving.settled = false;
    EXPECT_EQ(watch.note(moving), news::none);
    EXPECT_EQ(watch.note(differing(2)), news::began);
    watch.forget(3);
    EXPECT_EQ(watch.standing(), 0u);
}

class reconciled : public inspection_story {
 protected:
    void SetUp() override {
        inspection_story::SetUp();
        reconciler_ = std::make_shared<daemon::reconciler>(daemon::reconciler::surroundings{
            context_.get_executor(), *inspection_, leases_, metrics_, {0, 1, 2, 3}, milliseconds(4)});
        reconciler_->start();
    }
    void TearDown() override {
        reconciler_->stop();
        until([this] { return reconciler_.use_count() == 1; });
        inspection_story::TearDown();
    }
    [[nodiscard]] bool shows(const char* value) const {
        return metrics_.render().find(std::string("\nwebhook_audit_mismatch ") + value) != std::string::npos;
    }

    std::shared_ptr<daemon::reconciler> reconciler_;
};

TEST_F(reconciled, a_tampered_counter_is_an_alarm_until_it_adds_up_again) {
    put("e1");
    const auto counts = names_.counts(partition_of("shop"));
    EXPECT_TRUE(shows("0"));
    (*outside_)("HINCRBY", counts, "delivered", "1");
    until([this] { return shows("1"); });
    EXPECT_EQ(reconciler_->standing(), 1u);
    (*outside_)("HINCRBY", counts, "delivered", "-1");
    until([this] { return shows("0"); });
}

TEST_F(reconciled, only_what_is_owned_is_looked_at) {
    const auto counts = names_.counts(partition_of("shop"));
    (*outside_)("HINCRBY", counts, "accepted", "1");
    until([this] { return reconciler_->standing() == 1; });
    leases_.ours = false;
    until([this] { return reconciler_->standing() == 0; });
    EXPECT_TRUE(shows("0"));
}

}  // namespace
}  // namespace postrider::queue
