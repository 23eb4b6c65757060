#include <postrider/runtime/gathered.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace postrider::runtime {
namespace {

namespace asio = boost::asio;
using std::string;

struct gathering : testing::Test {
    void add(const string& thing) {
        words.add(loop.get_executor(), thing, [this](const std::vector<string>& all) { act(all); });
    }
    void act(const std::vector<string>& all) {
        for (const string& one : all) {
            happened.push_back(one);
            if (one == "asks") add("asked");
        }
    }

    asio::io_context loop;
    gathered<string> words;
    std::vector<string> happened;
};

TEST_F(gathering, is_done_in_order_after_what_was_ready_and_never_from_within_the_call) {
    asio::post(loop, [this] { happened.emplace_back("ready before"); });
    add("one");
    asio::post(loop, [this] { happened.emplace_back("ready after"); });
    add("two");
    EXPECT_TRUE(happened.empty());
    loop.run();
    EXPECT_EQ(happened, (std::vector<string>{"ready before", "one", "two", "ready after"}));
}

TEST_F(gathering, what_is_added_meanwhile_comes_in_the_next_turn) {
    add("asks");
    add("two");
    asio::post(loop, [this] { happened.emplace_back("ready after"); });
    loop.run();
    EXPECT_EQ(happened, (std::vector<string>{"asks", "two", "ready after", "asked"}));
}

TEST_F(gathering, is_done_where_the_one_that_gathered_is_gone) {
    std::make_unique<gathered<string>>()->add(loop.get_executor(), "late",
                                              [this](const std::vector<string>& all) { act(all); });
    loop.run();
    EXPECT_EQ(happened, (std::vector<string>{"late"}));
}

TEST_F(gathering, what_never_runs_is_dropped_with_the_loop) {
    const auto kept = std::make_shared<int>(0);
    gathered<std::shared_ptr<int>> numbers;
    {
        asio::io_context short_lived;
        numbers.add(short_lived.get_executor(), kept,
                    [](const std::vector<std::shared_ptr<int>>&) { FAIL(); });
    }
    EXPECT_EQ(kept.use_count(), 1);
}

}  // namespace
}  // namespace postrider::runtime
