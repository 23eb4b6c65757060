#include <cli/data_argument.h>
#include <cli/send.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace postrider::cli {
namespace {

TEST(render_event, puts_the_data_in_as_it_is) {
    EXPECT_EQ(render_event({.type = "case.created", .data = "{\"n\": 1.0 }"}),
              R"({"type":"case.created","data":{"n": 1.0 }})");
    EXPECT_EQ(render_event({.type = "t", .data = "1", .id = "i", .key = "k\"\n", .tenant = "x"}),
              R"({"type":"t","id":"i","key":"k\"\n","tenant":"x","data":1})");
}

TEST(explain_refusal, tells_code_and_detail_and_what_to_do) {
    const std::string problem = R"({"status":401,"code":"unauthorized","detail":"this needs a token"})";
    EXPECT_EQ(
        explain_refusal({.status = 401, .body = problem, .retry_after = {}}),
        "refused with 401 unauthorized: this needs a token; give a token with --token or POSTRIDER_TOKEN");
    EXPECT_EQ(explain_refusal({.status = 503, .body = R"({"code":"unavailable"})", .retry_after = "2"}),
              "refused with 503 unavailable; try again in 2 s");
    EXPECT_EQ(explain_refusal({.status = 404, .body = "<html>", .retry_after = {}}),
              "refused with 404, not by Postrider as it seems; is --url right?");
}

TEST(render_post, asks_under_the_path_of_the_url) {
    http_url url{
        .tls = false, .host = "127.0.0.1", .host_is_literal = true, .port = 8081, .target = "/base/?q"};
    const auto request = render_post(url, "/api/events", secret("t0k"), "{}");
    EXPECT_TRUE(request.starts_with("POST /base/api/events HTTP/1.1\r\nHost: 127.0.0.1:8081\r\n")) << request;
    EXPECT_NE(request.find("\r\nAuthorization: Bearer t0k\r\n"), std::string::npos);
    EXPECT_TRUE(request.ends_with("\r\n\r\n{}"));
    EXPECT_EQ(render_post(url, "/x", secret(), "").find("Authorization"), std::string::npos);
}

TEST(daemon_client, says_what_is_wrong_with_url_and_token) {
    for (const auto* url : {"", "127.0.0.1:8081", "ftp://localhost", "http://", "http://user:pw@localhost:1",
                            "http://localhost:99999"}) {
        const auto client = daemon_client::make({.url = url});
        ASSERT_FALSE(client) << url;
        EXPECT_TRUE(client.error().starts_with("--url: ")) << client.error();
    }
    const auto broken = daemon_client::make({.token = "a\r\nX: y"});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().find("X: y"), std::string::npos);
    EXPECT_TRUE(daemon_client::make({}));
    EXPECT_FALSE(daemon_client::make({.url = "https://localhost", .ca_file = "/nonexistent.pem"}));
}

class read_data_test : public testing::Test {
 protected:
    std::istringstream in_{std::string("from\0stdin\n", 11)};
};

TEST_F(read_data_test, takes_a_text_a_file_or_standard_input_to_the_byte) {
    const auto path = std::filesystem::path(testing::TempDir()) / "postrider_data_argument";
    const std::string bytes("{\"a\": 1}\r\n\0\xff", 12);
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_EQ(read_data("{\"a\": 1} ", in_), "{\"a\": 1} ");
    EXPECT_EQ(read_data("@" + path.string(), in_), bytes);
    EXPECT_EQ(read_data("-", in_), std::string("from\0stdin\n", 11));
    std::ofstream(path, std::ios::trunc).close();
    EXPECT_EQ(read_data("@" + path.string(), in_), "");
    std::filesystem::remove(path);
}

TEST_F(read_data_test, says_which_file_it_cannot_read_and_why) {
    EXPECT_EQ(read_data("@/nonexistent", in_).error(), "cannot read /nonexistent: No such file or directory");
    EXPECT_EQ(read_data("@/tmp", in_).error(), "cannot read /tmp: Is a directory");
}

}  // namespace
}  // namespace postrider::cli
