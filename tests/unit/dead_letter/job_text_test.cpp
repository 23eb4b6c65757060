#include "dead_letter/job_text.h"

#include <gtest/gtest.h>

namespace postrider::dead_letter {
namespace {

wall_time at(std::int64_t count) {
    return wall_time(milliseconds(count));
}

job example() {
    job made;
    made.id = "job_1";
    made.kind = job_kind::purge;
    made.status = job_status::failed;
    made.total = 1'000'000;
    made.done = 256;
    made.skipped = 3;
    made.tenant = "acme";
    made.filter.tenant = "acme";
    made.filter.queue_name = "acme.ep_1";
    made.filter.event_type = "case.created";
    made.filter.reason = dead_reason::expired;
    made.filter.before = at(1'763'714'201'123);
    made.filter.after = at(1);
    made.named = {{"acme.ep_1", "abcdefghijklmnopqrstuv"}, {"acme.ep_2", "bcdefghijklmnopqrstuvw"}};
    made.position = "walk:12.abc";
    made.created_at = at(1'763'714'201'000);
    made.updated_at = at(1'763'714'202'000);
    made.error = "it said \"no\"";
    return made;
}

std::optional<job> there_and_back(const job& job) {
    const std::string made = encode_made(job);
    const std::string progress = encode_progress(job);
    const std::string named = encode_named(job);
    stored_job stored;
    stored.id = job.id;
    stored.made = made;
    stored.progress = progress;
    stored.created_at = job.created_at.time_since_epoch().count();
    stored.named = named;
    return decode_job(stored);
}

TEST(job_text, comes_back_whole) {
    const job before = example();
    const auto after = there_and_back(before);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->id, before.id);
    EXPECT_EQ(after->kind, before.kind);
    EXPECT_EQ(after->status, before.status);
    EXPECT_EQ(after->total, before.total);
    EXPECT_EQ(after->done, before.done);
    EXPECT_EQ(after->skipped, before.skipped);
    EXPECT_EQ(after->tenant, before.tenant);
    EXPECT_EQ(after->filter.tenant, before.filter.tenant);
    EXPECT_EQ(after->filter.queue_name, before.filter.queue_name);
    EXPECT_EQ(after->filter.event_type, before.filter.event_type);
    EXPECT_EQ(after->filter.reason, before.filter.reason);
    EXPECT_EQ(after->filter.before, before.filter.before);
    EXPECT_EQ(after->filter.after, before.filter.after);
    EXPECT_EQ(after->named, before.named);
    EXPECT_EQ(after->position, before.position);
    EXPECT_EQ(after->created_at, before.created_at);
    EXPECT_EQ(after->updated_at, before.updated_at);
    EXPECT_EQ(after->error, before.error);
}

TEST(job_text, what_is_not_given_is_not_there) {
    job before;
    before.id = "job_2";
    before.created_at = at(7);
    const auto after = there_and_back(before);
    ASSERT_TRUE(after);
    EXPECT_FALSE(after->filter.reason);
    EXPECT_FALSE(after->filter.before);
    EXPECT_FALSE(after->filter.after);
    EXPECT_TRUE(after->named.empty());
    EXPECT_EQ(encode_named(before), "");
}

TEST(job_text, every_kind_and_status_has_its_own_name) {
    for (const auto kind : {job_kind::replay, job_kind::purge, job_kind::delete_endpoint})
        for (const auto status : {job_status::running, job_status::done, job_status::failed}) {
            job before = example();
            before.kind = kind;
            before.status = status;
            const auto after = there_and_back(before);
            ASSERT_TRUE(after);
            EXPECT_EQ(after->kind, kind);
            EXPECT_EQ(after->status, status);
        }
    EXPECT_EQ(to_string(job_kind::delete_endpoint), "delete_endpoint");
    EXPECT_EQ(to_string(job_status::running), "running");
}

TEST(job_text, an_error_may_hold_any_bytes) {
    job before = example();
    before.error = "cut inside \xc3";
    const auto after = there_and_back(before);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->error, "cut inside \xef\xbf\xbd");
}

TEST(job_text, what_makes_no_sense_is_refused) {
    const job good = example();
    const std::string made = encode_made(good);
    const std::string progress = encode_progress(good);
    const auto readable = [](std::string_view made_text, std::string_view progress_text,
                             std::string_view named, std::optional<std::int64_t> created_at = 1) {
        stored_job stored;
        stored.id = "job_1";
        stored.made = made_text;
        stored.progress = progress_text;
        stored.created_at = created_at;
        stored.named = named;
        return decode_job(stored).has_value();
    };
    ASSERT_TRUE(readable(made, progress, ""));
    EXPECT_FALSE(readable(made, progress, "", std::nullopt));
    for (const char* odd : {"", "7", "[]", "{}", "nonsense", R"({"kind":"odd"})"}) {
        EXPECT_FALSE(readable(odd, progress, "")) << odd;
        EXPECT_FALSE(readable(made, odd, "")) << odd;
    }
    for (const char* odd : {"7", "{}", R"(["a"])", R"(["a",7])", "nonsense"})
        EXPECT_FALSE(readable(made, progress, odd)) << odd;
    std::string other_reason = made;
    other_reason.replace(other_reason.find("expired"), 7, "oddness");
    EXPECT_FALSE(readable(other_reason, progress, ""));
    std::string negative = progress;
    negative.replace(negative.find("256"), 3, "-25");
    EXPECT_FALSE(readable(made, negative, ""));
    auto late = good;
    late.updated_at = wall_time(milliseconds(INT64_MAX));
    EXPECT_FALSE(readable(made, encode_progress(late), "")) << "no time of a calendar";
}

}  // namespace
}  // namespace postrider::dead_letter
