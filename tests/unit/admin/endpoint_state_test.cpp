#include "admin/endpoint_state.h"

#include <gtest/gtest.h>

#include <ostream>

namespace postrider::admin {
namespace {

using disablement = standing::disablement;

struct shown {
    bool enabled;
    bool paused;
    disablement disabled;
    std::string_view url_text;
    std::string_view name;
    std::string_view reason;
};
void PrintTo(const shown& one, std::ostream* out) {
    *out << one.name << ' ' << one.reason;
}

class endpoint_state_test : public ::testing::TestWithParam<shown> {};

TEST_P(endpoint_state_test, is_told) {
    const auto& one = GetParam();
    endpoint endpoint;
    endpoint.enabled = one.enabled;
    endpoint.url_text = "https://a.example.org/";
    standing standing;
    standing.paused = one.paused;
    standing.disabled = one.disabled;
    standing.since = wall_time(milliseconds(7));
    standing.url_text = one.url_text;
    const auto state = state_of(endpoint, standing);
    EXPECT_EQ(state.name, one.name);
    EXPECT_EQ(state.disabled_reason, one.reason);
    const bool is_known = one.name != "active" && one.reason != "operator";
    EXPECT_EQ(state.since, is_known ? std::optional(standing.since) : std::nullopt);
}

constexpr std::string_view same = "https://a.example.org/";
constexpr std::string_view other = "https://b.example.org/";

INSTANTIATE_TEST_SUITE_P(
    endpoint_state_test, endpoint_state_test,
    ::testing::Values(shown{true, false, disablement::none, "", "active", ""},
                      shown{true, true, disablement::none, "", "paused", ""},
                      shown{true, false, disablement::gone, same, "disabled", "gone"},
                      shown{true, false, disablement::failing, same, "disabled", "failing"},
                      shown{true, true, disablement::gone, same, "disabled", "gone"},
                      shown{true, false, disablement::gone, other, "active", ""},
                      shown{true, true, disablement::failing, other, "paused", ""},
                      shown{true, false, disablement::gone, "", "disabled", "gone"},
                      shown{false, true, disablement::gone, same, "disabled", "operator"}));

TEST(find_standing_test, goes_by_the_queue) {
    endpoint endpoint;
    endpoint.id = "a";
    standing paused;
    paused.paused = true;
    EXPECT_FALSE(find_standing(nullptr, endpoint).paused);
    auto map = std::make_shared<standing_map>(standing_map{{"other.a", paused}});
    EXPECT_FALSE(find_standing(map, endpoint).paused);
    map->emplace("default.a", paused);
    EXPECT_TRUE(find_standing(map, endpoint).paused);
}

TEST(endpoint_verification, is_of_the_present_url) {
    endpoint endpoint;
    endpoint.url_text = "https://a.example.org/?token=x";
    standing standing;
    EXPECT_EQ(state_of(endpoint, standing).name, "active") << "none is asked for";
    endpoint.verification = verification::challenge;
    EXPECT_EQ(state_of(endpoint, standing).disabled_reason, "unverified");
    standing.paused = true;
    EXPECT_EQ(state_of(endpoint, standing).disabled_reason, "unverified");
    standing.paused = false;
    standing.verified_url = digest_of_url(endpoint.url_text);
    EXPECT_EQ(standing.verified_url.find("token"), std::string::npos);
    EXPECT_EQ(state_of(endpoint, standing).name, "active");
    endpoint.url_text = "https://a.example.org/?token=y";
    EXPECT_EQ(state_of(endpoint, standing).disabled_reason, "unverified");
    endpoint.enabled = false;
    EXPECT_EQ(state_of(endpoint, standing).disabled_reason, "operator");
}

}  // namespace
}  // namespace postrider::admin
