#include <admin/identifiers.h>
#include <gtest/gtest.h>

namespace postrider::admin {
namespace {

const std::string stored = "AZaz09_-AZaz09_-AZaz09";

TEST(identifiers_test, are_read_as_they_are_made) {
    for (const std::string& webhook : {std::string("shop"), std::string("ep_A_b-9"), std::string(64, '_')}) {
        const row_id expected{stored, "acme", webhook};
        EXPECT_EQ(delivery_id(stored, "acme." + webhook), "del_" + stored + "_acme." + webhook);
        EXPECT_EQ(read_delivery_id(delivery_id(stored, "acme." + webhook)), expected);
        EXPECT_EQ(dead_letter_id(stored, "acme." + webhook), "dl_" + stored + "_acme." + webhook);
        EXPECT_EQ(read_dead_letter_id(dead_letter_id(stored, "acme." + webhook)), expected);
        const row_id usual{stored, "", webhook};
        EXPECT_EQ(delivery_id(stored, "default." + webhook), "del_" + stored + '_' + webhook);
        EXPECT_EQ(read_delivery_id(delivery_id(stored, "default." + webhook)), usual);
        EXPECT_EQ(delivery_id(stored, "defaults." + webhook), "del_" + stored + "_defaults." + webhook);
    }
}

TEST(identifiers_test, others_are_not_read) {
    for (const auto& text : {
             std::string(),
             std::string("del_"),
             "del_" + stored,
             "del_" + stored + '_',
             "del_" + stored.substr(1) + "_shop",
             "del_" + stored + "A_shop",
             "del_" + stored + "-shop",
             "dl_" + stored + "_shop",
             "DEL_" + stored + "_shop",
             " del_" + stored + "_shop",
             "del_" + stored + "_a.b.c",
             "del_" + stored + "_.b",
             "del_" + stored + "_a.",
             "del_" + stored + "_a b",
             "del_" + stored + '_' + std::string(65, 'a'),
             "del_" + stored.substr(1) + "._shop",
             "del_" + stored + std::string("_a\0", 3),
         })
        EXPECT_FALSE(read_delivery_id(text)) << text;
    EXPECT_FALSE(read_dead_letter_id("del_" + stored + "_shop"));
}

TEST(identifiers_test, names_types_and_jobs) {
    EXPECT_TRUE(is_job_id("job_" + stored));
    EXPECT_FALSE(is_job_id("job_" + stored + 'A'));
    EXPECT_FALSE(is_job_id("job_"));
    EXPECT_FALSE(is_job_id(stored));
    EXPECT_TRUE(is_name("a"));
    EXPECT_FALSE(is_name(""));
    EXPECT_FALSE(is_name(std::string(65, 'a')));
    EXPECT_FALSE(is_name("a.b"));
    EXPECT_TRUE(is_event_type("case.created"));
    EXPECT_TRUE(is_event_type(std::string(256, 'a')));
    EXPECT_FALSE(is_event_type(std::string(257, 'a')));
    EXPECT_FALSE(is_event_type("case.*"));
    EXPECT_EQ(webhook_of("acme.shop"), "shop");
    EXPECT_EQ(webhook_of(""), "");
}

}  // namespace
}  // namespace postrider::admin
