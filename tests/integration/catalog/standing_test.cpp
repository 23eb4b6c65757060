#include "catalog_story.h"

namespace postrider::catalog {
namespace {

using step = store::step;
using disablement = standing::disablement;

class standing_story : public catalog_story {
 protected:
    store::standing_change change(step what, const std::string& url = "https://x.example/") {
        clock_.now += milliseconds(10);
        const auto changed = get(store_->change_standing("acme.shop", what, url));
        if (!changed) ADD_FAILURE() << changed.error().text;
        return changed.value_or(store::standing_change());
    }
    standing stored() {
        const auto all = get(store_->read());
        const auto found = all->standings.find("acme.shop");
        return found == all->standings.end() ? standing() : found->second;
    }
};

TEST_F(standing_story, pausing_holds_and_resuming_ends_it) {
    const auto paused = change(step::pause);
    EXPECT_TRUE(paused.changed);
    EXPECT_EQ(paused.version, 1u);
    EXPECT_TRUE(paused.now.paused);
    EXPECT_EQ(paused.now.since, clock_.now);
    EXPECT_EQ(stored(), paused.now);
    const auto resumed = change(step::resume);
    EXPECT_TRUE(resumed.changed);
    EXPECT_EQ(resumed.now, standing());
    EXPECT_EQ(resumed.version, 2u);
    EXPECT_EQ(redis("EXISTS", "test:{catalog}:standings").integer(), 0) << "it holds nothing";
}

TEST_F(standing_story, a_repeat_changes_nothing) {
    EXPECT_FALSE(change(step::resume).changed);
    for (const step what : {step::pause, step::disable_failing, step::disable_gone}) {
        const auto first = change(what);
        EXPECT_TRUE(first.changed);
        const auto again = change(what);
        EXPECT_FALSE(again.changed);
        EXPECT_EQ(again.now, first.now) << "since the first time";
        EXPECT_EQ(again.version, first.version);
    }
}

TEST_F(standing_story, a_disablement_says_since_when_and_for_which_url) {
    const auto gone = change(step::disable_gone, "https://x.example/a?\"b\"");
    EXPECT_EQ(gone.now.disabled, disablement::gone);
    EXPECT_EQ(gone.now.url_text, url_mark("https://x.example/a?\"b\""));
    EXPECT_EQ(gone.now.since, clock_.now);
    EXPECT_FALSE(gone.now.paused);
    EXPECT_EQ(stored(), gone.now);
}

TEST_F(standing_story, what_is_gone_stays_gone_whatever_else_fails) {
    change(step::disable_gone);
    const auto failing = change(step::disable_failing);
    EXPECT_FALSE(failing.changed);
    EXPECT_EQ(failing.now.disabled, disablement::gone);
}

TEST_F(standing_story, a_verified_url_stays_so_whatever_else_changes) {
    const auto verified = change(step::verified);
    EXPECT_TRUE(verified.changed);
    EXPECT_EQ(verified.now.verified_url, digest_of_url("https://x.example/"));
    EXPECT_EQ(verified.now.challenged_at, clock_.now);
    EXPECT_FALSE(verified.now.holds());
    EXPECT_FALSE(change(step::verified).changed);
    EXPECT_FALSE(change(step::unverified).changed) << "a late answer takes nothing away";
    for (const step what :
         {step::pause, step::resume, step::disable_gone, step::resume, step::disable_failing})
        EXPECT_EQ(change(what).now.verified_url, verified.now.verified_url);
    EXPECT_EQ(change(step::moved, "https://new.example/").now.verified_url, verified.now.verified_url);
    EXPECT_FALSE(stored().holds());
    const auto failed = get(store_->note_challenge("acme.shop", "https://new.example/", "no"));
    EXPECT_EQ(failed->now.verification_error, "no");
    EXPECT_EQ(failed->now.verified_url, verified.now.verified_url) << "of the url before";
    const auto moved = change(step::verified, "https://new.example/");
    EXPECT_EQ(moved.now.verified_url, digest_of_url("https://new.example/"));
    EXPECT_EQ(moved.now.verification_error, "");
    EXPECT_EQ(stored(), moved.now);
}

TEST_F(standing_story, a_failed_challenge_is_told_and_holds_nothing_by_itself) {
    const auto failed = get(store_->note_challenge("acme.shop", "https://x.example/", "a \"b\""));
    EXPECT_EQ(failed->now.verification_error, "a \"b\"");
    EXPECT_EQ(failed->now.verified_url, "");
    EXPECT_FALSE(failed->now.holds());
    change(step::pause);
    change(step::resume);
    EXPECT_EQ(stored().verification_error, "a \"b\"");
}

TEST_F(standing_story, another_url_is_disabled_anew) {
    change(step::disable_gone, "https://old.example/");
    const auto failing = change(step::disable_failing, "https://new.example/");
    EXPECT_TRUE(failing.changed);
    EXPECT_EQ(failing.now.disabled, disablement::failing);
    EXPECT_EQ(failing.now.url_text, "https://new.example/");
}

TEST_F(standing_story, pause_and_disablement_are_both_kept_and_resume_ends_both) {
    change(step::disable_failing);
    const auto paused = change(step::pause);
    EXPECT_TRUE(paused.now.paused);
    EXPECT_EQ(paused.now.disabled, disablement::failing);
    EXPECT_EQ(paused.now.url_text, "https://x.example/");
    EXPECT_FALSE(change(step::resume).now.holds());
}

TEST_F(standing_story, one_that_cannot_be_read_is_a_fault_and_resume_is_no_exception) {
    for (const char* odd : {"nonsense", "7", "{}", "[]"}) {
        redis("HSET", "test:{catalog}:standings", "acme.shop", odd);
        const auto changed = get(store_->change_standing("acme.shop", step::pause, ""));
        ASSERT_FALSE(changed) << odd;
        EXPECT_EQ(changed.error().kind, fault_kind::unreadable);
        EXPECT_EQ(get(store_->read()).error().kind, fault_kind::unreadable);
    }
    EXPECT_EQ(get(store_->version()), 0u);
}

}  // namespace
}  // namespace postrider::catalog
