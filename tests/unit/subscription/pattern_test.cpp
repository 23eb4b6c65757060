#include <postrider/subscription/pattern.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace postrider::subscription {
namespace {

struct row {
    const char* pattern;
    const char* type;
    bool matched;
};

TEST(Pattern, Matches) {
    const std::vector<row> rows{
        {"case.created", "case.created", true},
        {"case.created", "case.updated", false},
        {"case.created", "case", false},
        {"case.created", "case.created.x", false},
        {"case.created", "Case.created", false},
        {"case", "case", true},
        {"*", "case", true},
        {"*", "case.created", false},
        {"invoice.*", "invoice.paid", true},
        {"invoice.*", "invoice", false},
        {"invoice.*", "invoice.paid.late", false},
        {"*.paid", "invoice.paid", true},
        {"*.paid", "paid", false},
        {"a.*.c", "a.b.c", true},
        {"a.*.c", "a.b.b.c", false},
        {"**", "a", true},
        {"**", "a.b.c.d", true},
        {"a.**", "a", true},
        {"a.**", "a.b", true},
        {"a.**", "a.b.c", true},
        {"a.**", "b.a", false},
        {"**.z", "z", true},
        {"**.z", "a.z", true},
        {"**.z", "a.b.z", true},
        {"**.z", "a.z.b", false},
        {"a.**.z", "a.z", true},
        {"a.**.z", "a.b.c.z", true},
        {"a.**.z", "a.z.b.z", true},
        {"a.**.z", "a.b.c", false},
        {"a.**.b.**.c", "a.b.c", true},
        {"a.**.b.**.c", "a.x.b.y.b.z.c", true},
        {"a.**.b.**.c", "a.x.c.b", false},
        {"**.**", "a", true},
        {"**.*", "a", true},
        {"*.**", "a", true},
        {"*.**.*", "a", false},
        {"*.**.*", "a.b", true},
        {"a..b", "a..b", true},
        {"a.*.b", "a..b", true},
        {".", ".", true},
        {"*.*", ".", true},
        {"**.a.**.a.**.a.**.b", "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", false},
    };
    for (const auto& one : rows)
        EXPECT_EQ(matches(one.pattern, one.type), one.matched) << one.pattern << " " << one.type;
}

TEST(Pattern, SaysWhatIsWrong) {
    for (const auto* good : {"a", "case.created", "invoice.*", "**", "*", "a.**.b", "A-Z_0.x", "a..b", "."})
        EXPECT_EQ(fault_of(good), std::nullopt) << good;
    EXPECT_EQ(fault_of(std::string(256, 'a')), std::nullopt);
    const std::vector<std::pair<std::string, const char*>> rows{
        {"", "empty"},
        {std::string(257, 'a'), "longer than 256"},
        {"a*", "inside a segment"},
        {"a.*b.c", "inside a segment"},
        {"***", "inside a segment"},
        {"a b", "character"},
        {"a.b/c", "character"},
        {"ä", "character"},
        {std::string("a\0b", 3), "character"},
    };
    for (const auto& [pattern, part] : rows) {
        const auto fault = fault_of(pattern);
        ASSERT_TRUE(fault) << pattern;
        EXPECT_NE(fault->find(part), std::string::npos) << *fault;
        EXPECT_NE(fault->find("allowed are"), std::string::npos) << *fault;
    }
}

TEST(Pattern, EventTypes) {
    for (const auto* good : {"a", "case.created", "A-Z_0.9", "."})
        EXPECT_TRUE(is_event_type(good)) << good;
    EXPECT_TRUE(is_event_type(std::string(256, 'a')));
    EXPECT_FALSE(is_event_type(std::string(257, 'a')));
    for (const auto* bad : {"", "*", "a.*", "a b", "a\n", "é"})
        EXPECT_FALSE(is_event_type(bad)) << bad;
}

RC_GTEST_PROP(Pattern, IsTotalOverAnyBytes, (const std::string& pattern, const std::string& type)) {
    (void)matches(pattern, type);
    (void)fault_of(pattern);
    RC_ASSERT((!is_event_type(type) || matches(type, type)));
    RC_ASSERT(matches("**", type));
}

}  // namespace
}  // namespace postrider::subscription
