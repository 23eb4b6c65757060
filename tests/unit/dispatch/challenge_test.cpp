#include "dispatch/challenge.h"

#include <gtest/gtest.h>

#include <string>

namespace postrider::dispatch {
namespace {

constexpr std::string_view challenge = "q7K-3_abcdefghijklmnopqrstuvwxyz0123456789ABCD";

TEST(challenge_answer, is_the_challenge_alone_or_in_an_object) {
    const std::string text(challenge);
    for (const auto& body : {text, text + "\r\n", " \t" + text, challenge_data(challenge),
                             R"({"ok": true, "challenge": ")" + text + "\"}\n"})
        EXPECT_TRUE(repeats(body, challenge)) << body;
}

TEST(challenge_answer, is_nothing_else) {
    const std::string text(challenge);
    for (const auto& body :
         {std::string(), std::string(" "), std::string("{}"), std::string("OK"), text.substr(1), text + "x",
          text + ' ' + text, '"' + text + '"', '[' + challenge_data(challenge) + ']',
          R"({"Challenge":")" + text + "\"}", R"({"challenge":[")" + text + "\"]}",
          std::string(R"({"challenge":null})"), R"({"data":)" + challenge_data(challenge) + '}',
          challenge_data(challenge) + "x", challenge_data(text.substr(1)), std::string(1024, '[')})
        EXPECT_FALSE(repeats(body, challenge)) << body;
}

}  // namespace
}  // namespace postrider::dispatch
