#include <postrider/runtime/shard.h>

#include <boost/asio/io_context.hpp>
#include <cli/receiver.h>
#include <gtest/gtest.h>

#include <sstream>

namespace postrider::cli {
namespace {

class receiver_test : public testing::Test {
 protected:
    receiver make(receiver_options options, std::vector<std::string> secrets = {}) {
        return receiver(io_.get_executor(), *signature_check::make(std::move(secrets)), options, out_);
    }

    /// The status of the answer to a delivery with this id; runs until it is there.
    int answer(receiver& receiver, const std::string& id) {
        http::request request;
        request.method = "POST";
        request.headers.emplace_back("webhook-id", id);
        int status = 0;
        runtime::spawn(io_.get_executor(), "test", take(receiver, request, status));
        io_.restart();
        io_.run();
        return status;
    }

    static boost::asio::awaitable<void> take(receiver& receiver, http::request& request, int& status) {
        const auto response = co_await receiver.handle(request);
        status = response.status;
    }

    boost::asio::io_context io_{1};
    std::ostringstream out_;
};

TEST_F(receiver_test, answers_as_told) {
    auto receiver = make({.status = 503});
    EXPECT_EQ(answer(receiver, "a"), 503);
    EXPECT_EQ(receiver.summary(), "1 delivery: 0 verified, 0 NOT verified, 1 unchecked");
}

TEST_F(receiver_test, fails_the_first_attempts_of_each_event) {
    auto receiver = make({.fail_first = 2});
    EXPECT_EQ(answer(receiver, "a"), 500);
    EXPECT_EQ(answer(receiver, "b"), 500);
    EXPECT_EQ(answer(receiver, "a"), 500);
    EXPECT_EQ(answer(receiver, "a"), 200);
    EXPECT_EQ(answer(receiver, "b"), 500);
    EXPECT_EQ(answer(receiver, "b"), 200);
}

TEST_F(receiver_test, shows_each_delivery_and_counts_what_did_not_verify) {
    auto receiver = make({}, {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    EXPECT_EQ(answer(receiver, "a"), 200);
    EXPECT_NE(out_.str().find("#1 "), std::string::npos);
    EXPECT_EQ(receiver.summary(), "1 delivery: 0 verified, 1 NOT verified, 0 unchecked");
}

TEST_F(receiver_test, hurrying_ends_a_delay_and_those_to_come) {
    auto receiver = make({.delay = std::chrono::hours(1)});
    http::request request;
    int status = 0;
    runtime::spawn(io_.get_executor(), "test", take(receiver, request, status));
    while (out_.str().empty())
        io_.run_one();
    receiver.hurry();
    io_.run();
    EXPECT_EQ(status, 200);
    EXPECT_EQ(answer(receiver, "b"), 200);
}

TEST_F(receiver_test, takes_only_posts_of_a_bounded_size) {
    auto receiver = make({});
    http::request head;
    head.method = "GET";
    const auto refused = receiver.admit(head, std::nullopt);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 405);
    head.method = "POST";
    EXPECT_EQ(receiver.admit(head, std::nullopt).value(), receiver::max_body_bytes);
    EXPECT_EQ(receiver.admit(head, receiver::max_body_bytes + 1).error().status, 413);
}

TEST(attempt_count, forgets_the_oldest_first) {
    attempt_count attempts;
    EXPECT_EQ(attempts.count("first"), 1U);
    EXPECT_EQ(attempts.count("first"), 2U);
    for (std::size_t n = 1; n < attempt_count::max_ids; ++n)
        (void)attempts.count(std::to_string(n));
    EXPECT_EQ(attempts.count("first"), 3U);
    (void)attempts.count("one more");
    EXPECT_EQ(attempts.count("first"), 1U);
}

}  // namespace
}  // namespace postrider::cli
