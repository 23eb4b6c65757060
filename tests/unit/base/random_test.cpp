#include <postrider/base/random.h>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace postrider {
namespace {

class counting_source final : public random_source {
 public:
    std::uint64_t next() override { return value_++; }

 private:
    std::uint64_t value_ = 1;
};

TEST(random_id, has_22_characters_of_its_alphabet) {
    system_random random;
    for (int n = 0; n < 1000; ++n) {
        const auto id = random_id(random);
        EXPECT_EQ(id.size(), 22U);
        EXPECT_EQ(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
    }
}

TEST(random_id, depends_on_all_of_its_source) {
    counting_source random;
    EXPECT_EQ(random_id(random), "AQAAAAAAAAACAAAAAAAAAA");
    EXPECT_EQ(random_id(random), "AwAAAAAAAAAEAAAAAAAAAA");
}

TEST(system_random, does_not_repeat_across_its_blocks) {
    system_random random;
    system_random another;
    std::set<std::uint64_t> seen;
    for (int n = 0; n < 1000; ++n) {
        seen.insert(random.next());
        seen.insert(another.next());
    }
    EXPECT_EQ(seen.size(), 2000U);
}

}  // namespace
}  // namespace postrider
