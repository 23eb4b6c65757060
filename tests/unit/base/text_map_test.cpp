#include <postrider/base/text_map.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace postrider {
namespace {

TEST(text_map, finds_many_by_a_part_of_another_text) {
    text_map<int> map;
    for (int number = 0; number < 10000; ++number)
        map.try_emplace("default.endpoint-" + std::to_string(number), number);
    ASSERT_EQ(map.size(), 10000U);
    const std::string all = "default.endpoint-9999|id";
    const auto found = map.find(std::string_view(all).substr(0, all.find('|')));
    ASSERT_NE(found, map.end());
    EXPECT_EQ(found->second, 9999);
    EXPECT_EQ(map.find(std::string_view("default.endpoint-10000")), map.end());
}

TEST(text_map, what_a_value_points_to_stays_where_it_is) {
    text_map<std::unique_ptr<int>> map;
    map["first"] = std::make_unique<int>(1);
    const int* const first = map["first"].get();
    for (int number = 0; number < 1000; ++number)
        map[std::to_string(number)] = std::make_unique<int>(number);
    EXPECT_EQ(map["first"].get(), first);
    // As dropping of idle queues does: the others are visited all the same.
    for (auto at = map.begin(); at != map.end();) {
        if (at->first == "first")
            ++at;
        else
            map.erase(at++);
    }
    ASSERT_EQ(map.size(), 1U);
    EXPECT_EQ(*map["first"], 1);
}

}  // namespace
}  // namespace postrider
