#include "admin/route.h"

#include <gtest/gtest.h>

#include <array>

namespace postrider::admin {
namespace {

using texts = std::vector<std::string>;

boost::asio::awaitable<http::response> answer_nothing(call) {
    co_return http::response{};
}

constexpr route make(std::string_view method, std::string_view path) {
    return {method, path, audience::anyone, tenants::admitted, body::ignored, answer_nothing};
}

constexpr std::array webhooks{make("GET", "/api/webhooks"), make("POST", "/api/webhooks"),
                              make("POST", "/api/webhooks/test"), make("GET", "/api/webhooks/{id}"),
                              make("PATCH", "/api/webhooks/{id}")};
constexpr std::array events{make("POST", "/api/events/{id}/redeliver"), make("GET", "/x/{a}/{b}")};

match find(std::string_view method, std::string_view path) {
    const std::array<std::span<const route>, 2> groups{webhooks, events};
    return find_route(groups, method, path);
}

TEST(route_test, a_path_and_a_method_name_a_route) {
    EXPECT_EQ(find("GET", "/api/webhooks").by_method, &webhooks[0]);
    EXPECT_EQ(find("POST", "/api/webhooks").by_method, &webhooks[1]);
    EXPECT_EQ(find("HEAD", "/api/webhooks").by_method, &webhooks[0]);
    EXPECT_EQ(find("POST", "/api/events/evt_1/redeliver").by_method, &events[0]);
}

TEST(route_test, the_root_is_itself_alone) {
    static constexpr std::array root{make("GET", "/"), make("GET", "/console/{file}")};
    const std::array<std::span<const route>, 1> groups{root};
    EXPECT_EQ(find_route(groups, "GET", "/").by_method, &root[0]);
    EXPECT_EQ(find_route(groups, "GET", "/health").allowed, "");
    EXPECT_EQ(find_route(groups, "GET", "/console/").allowed, "");
    EXPECT_EQ(find_route(groups, "GET", "").allowed, "");
}

TEST(route_test, other_methods_are_told_what_the_path_takes) {
    const auto found = find("PUT", "/api/webhooks");
    EXPECT_EQ(found.by_method, nullptr);
    EXPECT_EQ(found.allowed, "GET, HEAD, POST");
    EXPECT_EQ(find("HEAD", "/api/events/evt_1/redeliver").allowed, "POST");
    EXPECT_EQ(find("HEAD", "/api/events/evt_1/redeliver").by_method, nullptr);
}

TEST(route_test, a_webhook_may_be_named_as_an_action_is) {
    EXPECT_EQ(find("POST", "/api/webhooks/test").by_method, &webhooks[2]);
    const auto shown = find("GET", "/api/webhooks/test");
    EXPECT_EQ(shown.by_method, &webhooks[3]);
    EXPECT_EQ(shown.parameters, texts{"test"});
    EXPECT_EQ(shown.allowed, "POST, GET, HEAD, PATCH");
}

TEST(route_test, parameters_are_decoded) {
    EXPECT_EQ(find("GET", "/api/webhooks/ep%5F1").parameters, texts{"ep_1"});
    EXPECT_EQ(find("GET", "/x/a.b/c-d").parameters, (texts{"a.b", "c-d"}));
    EXPECT_EQ(find("GET", "/api/webhooks/" + std::string(400, 'a')).parameters.front().size(), 400U);
}

class not_a_path : public ::testing::TestWithParam<std::string> {};

TEST_P(not_a_path, is_unknown) {
    const auto found = find("GET", GetParam());
    EXPECT_EQ(found.by_method, nullptr);
    EXPECT_EQ(found.allowed, "");
}

INSTANTIATE_TEST_SUITE_P(route_test, not_a_path,
                         ::testing::Values("", "/", "/api", "/api/webhooks/", "//api/webhooks",
                                           "/api//webhooks", "/api/webhooks/a/b", "/API/webhooks",
                                           "/api/webhooks/a%2Fb", "/api/webhooks/%", "/api/webhooks/%4",
                                           "/api/webhooks/%zz", "/api/webhooks/%00", "/api/webhooks/a:b",
                                           "/api/webhooks/a*", "/api/webhooks/\xc3\xa4", "/x//b", "/x/a/",
                                           "/api/webhooks/" + std::string(401, 'a')));

}  // namespace
}  // namespace postrider::admin
