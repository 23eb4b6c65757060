#include <daemon/store_verdict.h>
#include <gtest/gtest.h>

namespace postrider::daemon {
namespace {

using standing = store_verdict::standing;
using finding = queue::store_mark::finding;

store_verdict good() {
    return store_verdict();
}

store_verdict bad(standing what, std::string fault, bool passing = false) {
    store_verdict made;
    made.what = what;
    made.fault = std::move(fault);
    made.passing = passing;
    return made;
}

TEST(store_verdicts, of_one_server_is_what_it_says) {
    for (const auto& one : {good(), bad(standing::absent, "away"), bad(standing::unfit, "read-only", true),
                            bad(standing::unfit, "appendonly no"), bad(standing::foreign, "another")}) {
        const auto whole = merge({one});
        EXPECT_EQ(whole.what, one.what);
        EXPECT_EQ(whole.fault, one.fault);
        EXPECT_EQ(whole.passing, one.passing);
        EXPECT_TRUE(whole.warnings.empty());
    }
}

TEST(store_verdicts, what_passes_at_some_is_a_warning) {
    const auto whole =
        merge({good(), bad(standing::absent, "one is away"), bad(standing::unfit, "no replica", true)});
    EXPECT_EQ(whole.what, standing::good);
    EXPECT_EQ(whole.fault, "");
    EXPECT_EQ(whole.warnings, (std::vector<std::string>{"one is away", "no replica"}));
}

TEST(store_verdicts, what_passes_at_all_is_a_fault) {
    const auto whole =
        merge({bad(standing::unfit, "no replica", true), bad(standing::absent, "one is away")});
    EXPECT_EQ(whole.what, standing::unfit);
    EXPECT_EQ(whole.fault, "no replica");
    EXPECT_TRUE(whole.passing);
    EXPECT_EQ(whole.warnings, std::vector<std::string>{"one is away"});
}

TEST(store_verdicts, settings_of_one_are_a_fault_of_all) {
    const auto whole = merge(
        {good(), bad(standing::unfit, "no replica", true), bad(standing::unfit, "appendfsync no"), good()});
    EXPECT_EQ(whole.what, standing::unfit);
    EXPECT_EQ(whole.fault, "appendfsync no");
    EXPECT_FALSE(whole.passing);
    EXPECT_EQ(merge({whole, bad(standing::foreign, "another")}).what, standing::foreign);
}

TEST(store_verdicts, a_warning_of_several_is_told_once) {
    auto one = good();
    one.warnings = {"a", "b"};
    auto two = good();
    two.warnings = {"b", "c"};
    EXPECT_EQ(merge({one, two}).warnings, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(store_verdicts, the_worst_loss_and_the_fullest_memory_count) {
    auto one = good();
    one.mark = finding::rewound;
    one.used_memory = 900;
    auto two = good();
    two.mark = finding::wiped;
    two.used_memory = 80;
    two.max_memory = 100;
    auto three = good();
    three.mark = finding::unread;
    three.used_memory = 500;
    three.max_memory = 1000;
    const auto whole = merge({one, two, three});
    EXPECT_EQ(whole.mark, finding::wiped);
    EXPECT_EQ(whole.used_memory, 80U);
    EXPECT_EQ(whole.max_memory, 100U);
    EXPECT_EQ(merge({three, one}).mark, finding::rewound);
}

}  // namespace
}  // namespace postrider::daemon
