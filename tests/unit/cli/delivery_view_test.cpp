#include <cli/delivery_view.h>
#include <gtest/gtest.h>

namespace postrider::cli {
namespace {

http::request delivery() {
    http::request request;
    request.headers = {
        {"webhook-id", "evt_1"}, {"postrider-attempt", "2"}, {"Authorization", "Bearer hidden"}};
    request.body = R"({"type":"case.created","data":1.0})";
    return request;
}

std::string show(const http::request& request, view_options options = {},
                 verdict checked = {verdict::kind::verified, {}}) {
    return render({.number = 7,
                   .at = wall_time{milliseconds(1769860800123)},
                   .checked = std::move(checked),
                   .answered = 500,
                   .request = request},
                  options);
}

TEST(delivery_view, says_in_one_line_what_came_and_lays_the_body_out) {
    EXPECT_EQ(show(delivery()),
              "#7 2026-01-31T12:00:00.123Z verified case.created evt_1 attempt 2, 34 bytes, answered 500\n"
              "    {\n      \"type\": \"case.created\",\n      \"data\": 1.0\n    }\n\n");
}

TEST(delivery_view, says_loudly_what_did_not_verify) {
    EXPECT_NE(show(delivery(), {}, {verdict::kind::refused, "too old"}).find(" NOT-verified (too old) "),
              std::string::npos);
    EXPECT_NE(show(delivery(), {}, {}).find(" unchecked (no --secret) "), std::string::npos);
}

TEST(delivery_view, shows_headers_on_request_and_masks_the_private_ones) {
    EXPECT_EQ(show(delivery()).find("hidden"), std::string::npos);
    auto request = delivery();
    for (const auto* name :
         {"X-Api-Key", "Cookie", "X-Auth", "My-TOKEN", "X-Secret-Thing", "Proxy-Authorization"})
        request.headers.emplace_back(name, "hidden");
    const auto shown = show(request, {.raw = false, .headers = true});
    EXPECT_EQ(shown.find("hidden"), std::string::npos) << shown;
    EXPECT_NE(shown.find("    webhook-id: evt_1\n"), std::string::npos);
    EXPECT_NE(shown.find("    Authorization: ***\n"), std::string::npos);
}

TEST(delivery_view, dashes_stand_for_what_is_not_there) {
    http::request request;
    request.body = "x";
    EXPECT_EQ(show(request),
              "#7 2026-01-31T12:00:00.123Z verified - - attempt -, 1 byte, answered 500\n    x\n\n");
    request.body.clear();
    EXPECT_EQ(show(request), "#7 2026-01-31T12:00:00.123Z verified - - attempt -, 0 bytes, answered 500\n\n");
}

TEST(delivery_view, nothing_can_steer_the_terminal) {
    auto request = delivery();
    request.headers[0].second = "e\x1b[2Jv";
    request.headers.emplace_back("X-Odd",
                                 "\x9b"
                                 "31m");
    request.body =
        "a\nb\x1b]0;title\x07\xc2\x9b"
        "31m";
    const auto shown = show(request, {.raw = false, .headers = true});
    EXPECT_EQ(shown.find('\x1b'), std::string::npos);
    EXPECT_EQ(shown.find('\x9b'), std::string::npos);
    EXPECT_NE(shown.find("    a\n    b\\x1b]0;title\\x07\\xc2\\x9b31m\n"), std::string::npos) << shown;
}

TEST(delivery_view, raw_is_the_body_to_the_byte) {
    auto request = delivery();
    request.body = std::string("\x1b\0\xff", 3) + std::string(2 * max_shown_bytes, 'x');
    EXPECT_NE(show(request, {.raw = true, .headers = false}).find(request.body), std::string::npos);
}

TEST(delivery_view, cuts_a_large_body_and_says_so) {
    auto request = delivery();
    request.body = std::string(max_shown_bytes + 1, 'x');
    const auto shown = show(request);
    EXPECT_LT(shown.size(), max_shown_bytes + 300);
    EXPECT_NE(shown.find("... cut here; --raw shows all of it\n"), std::string::npos);
}

}  // namespace
}  // namespace postrider::cli
