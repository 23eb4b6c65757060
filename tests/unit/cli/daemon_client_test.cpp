#include <cli/daemon_client.h>
#include <gtest/gtest.h>

#include <string>

namespace postrider::cli {
namespace {

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

TEST(render_request, asks_under_the_path_of_the_url) {
    http_url url{
        .tls = false, .host = "127.0.0.1", .host_is_literal = true, .port = 8081, .target = "/base/?q"};
    const auto request = render({.method = "POST", .path = "/api/events", .body = "{}"}, url, secret("t0k"));
    EXPECT_TRUE(request.starts_with("POST /base/api/events HTTP/1.1\r\nHost: 127.0.0.1:8081\r\n")) << request;
    EXPECT_NE(request.find("\r\nAuthorization: Bearer t0k\r\n"), std::string::npos);
    EXPECT_TRUE(request.ends_with("\r\n\r\n{}"));
    const auto bare = render({.method = "GET", .path = "/x?a=b"}, url, secret());
    EXPECT_TRUE(bare.starts_with("GET /base/x?a=b HTTP/1.1\r\n")) << bare;
    EXPECT_EQ(bare.find("Authorization"), std::string::npos);
    EXPECT_EQ(bare.find("Content-"), std::string::npos);
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

}  // namespace
}  // namespace postrider::cli
