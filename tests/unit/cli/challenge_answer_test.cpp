#include <cli/challenge_answer.h>
#include <gtest/gtest.h>

namespace postrider::cli {
namespace {

TEST(challenge_answer, is_what_the_event_asks_for) {
    EXPECT_EQ(challenge_in(R"({"type":"postrider.endpoint.verification","data":{"challenge":"q-1"}})"),
              "q-1");
}

TEST(challenge_answer, is_for_no_other_body) {
    for (const auto* body :
         {"", "{", "postrider.endpoint.verification", R"(["postrider.endpoint.verification"])",
          R"({"type":"case.created","data":{"challenge":"q"}})",
          R"({"type":"postrider.endpoint.verification"})",
          R"({"type":"postrider.endpoint.verification","data":"q"})",
          R"({"type":"postrider.endpoint.verification","data":{"challenge":7}})",
          R"({"type":["postrider.endpoint.verification"],"data":{"challenge":"q"}})"})
        EXPECT_FALSE(challenge_in(body)) << body;
}

}  // namespace
}  // namespace postrider::cli
