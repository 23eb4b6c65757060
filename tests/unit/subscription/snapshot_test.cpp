#include <postrider/subscription/pattern.h>
#include <postrider/subscription/snapshot.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace postrider::subscription {
namespace {

endpoint_ptr make(std::string id, std::vector<std::string> events, std::string tenant = "default") {
    endpoint made;
    made.id = std::move(id);
    made.tenant = std::move(tenant);
    made.events = std::move(events);
    return std::make_shared<const endpoint>(std::move(made));
}

std::vector<std::string> ids(const std::vector<endpoint_ptr>& endpoints) {
    std::vector<std::string> names;
    for (const auto& one : endpoints)
        names.push_back(one->id);
    return names;
}

using names = std::vector<std::string>;

TEST(Snapshot, MatchesEachEndpointOnceInOrder) {
    const snapshot all(
        {make("z", {"a.*", "a.b", "**", "a.**"}), make("y", {"x"}), make("a", {"**.b", "a.b"})}, 7);
    EXPECT_EQ(ids(all.match("default", "a.b")), (names{"z", "a"}));
    EXPECT_EQ(ids(all.match("default", "x")), (names{"z", "y"}));
    EXPECT_EQ(ids(all.match("default", "q.b")), (names{"z", "a"}));
    EXPECT_EQ(all.version(), 7U);
    EXPECT_EQ(ids(all.endpoints()), (names{"z", "y", "a"}));
}

TEST(Snapshot, KeepsTenantsApart) {
    const snapshot all({make("one", {"**"}, "t1"), make("two", {"a"}, "t2"), make("three", {"a"}, "t1")});
    EXPECT_EQ(ids(all.match("t1", "a")), (names{"one", "three"}));
    EXPECT_EQ(ids(all.match("t2", "a")), (names{"two"}));
    EXPECT_TRUE(all.match("default", "a").empty());
    EXPECT_TRUE(all.match("", "a").empty());
}

TEST(Snapshot, MatchesDisabledEndpointsToo) {
    endpoint disabled;
    disabled.id = "off";
    disabled.events = {"a"};
    disabled.enabled = false;
    const snapshot all({std::make_shared<const endpoint>(disabled)});
    EXPECT_EQ(ids(all.match("default", "a")), (names{"off"}));
}

TEST(Snapshot, FindsByQueueName) {
    const auto one = make("one", {"a"}, "t1");
    const snapshot all({one, make("two", {"a"})});
    EXPECT_EQ(all.find("t1.one"), one);
    EXPECT_EQ(all.find("default.two")->id, "two");
    EXPECT_EQ(all.find("default.one"), nullptr);
    EXPECT_EQ(all.find(""), nullptr);
    EXPECT_EQ(snapshot({}).find("default.one"), nullptr);
    EXPECT_TRUE(snapshot({}).match("default", "a").empty());
}

TEST(Snapshot, ManyWildcardsStayCheap) {
    std::string pattern = "**";
    for (int i = 0; i < 60; ++i)
        pattern += ".a.**";
    std::string type = "a";
    for (int i = 0; i < 120; ++i)
        type += ".a";
    const snapshot all({make("one", {pattern}), make("two", {pattern + ".b"})});
    EXPECT_EQ(ids(all.match("default", type)), (names{"one"}));
}

rc::Gen<std::string> segmented(const std::vector<std::string>& choices) {
    return rc::gen::map(rc::gen::nonEmpty(rc::gen::resize(
                            6, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(choices)))),
                        [](const std::vector<std::string>& parts) {
                            std::string joined;
                            for (const auto& part : parts)
                                joined += (joined.empty() ? "" : ".") + part;
                            return joined;
                        });
}

RC_GTEST_PROP(Snapshot, EqualsTheReferenceOverRandomPatterns, ()) {
    const auto pattern = segmented({"a", "b", "c", "*", "**"});
    const auto lists = *rc::gen::container<std::vector<std::vector<std::string>>>(
        rc::gen::container<std::vector<std::string>>(pattern));
    const auto types = *rc::gen::container<std::vector<std::string>>(segmented({"a", "b", "c", "d"}));
    std::vector<endpoint_ptr> endpoints;
    for (const auto& list : lists)
        endpoints.push_back(
            make(std::to_string(endpoints.size()), list, endpoints.size() % 3 == 0 ? "t" : "default"));
    const snapshot all(endpoints);
    for (const auto& type : types) {
        names expected;
        for (const auto& one : endpoints) {
            const auto matched = [&](const auto& text) { return matches(text, type); };
            if (one->tenant == "default" && std::ranges::any_of(one->events, matched))
                expected.push_back(one->id);
        }
        RC_ASSERT(ids(all.match("default", type)) == expected);
    }
}

}  // namespace
}  // namespace postrider::subscription
