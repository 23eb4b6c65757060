#include <postrider/event/attempt.h>

#include <gtest/gtest.h>

#include <set>

namespace postrider {
namespace {

struct row {
    transport_error error;
    std::uint16_t status;
    attempt_status expected;
};

class classification : public testing::TestWithParam<row> {};

TEST_P(classification, follows_the_table) {
    attempt_result result;
    result.error = GetParam().error;
    result.status = GetParam().status;
    EXPECT_EQ(classify(result), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(responses, classification,
                         testing::Values(row{transport_error::none, 200, attempt_status::success},
                                         row{transport_error::none, 204, attempt_status::success},
                                         row{transport_error::none, 299, attempt_status::success},
                                         row{transport_error::none, 300, attempt_status::client_error},
                                         row{transport_error::none, 308, attempt_status::client_error},
                                         row{transport_error::none, 400, attempt_status::client_error},
                                         row{transport_error::none, 429, attempt_status::client_error},
                                         row{transport_error::none, 499, attempt_status::client_error},
                                         row{transport_error::none, 500, attempt_status::server_error},
                                         row{transport_error::none, 599, attempt_status::server_error},
                                         row{transport_error::none, 600, attempt_status::connection_error},
                                         row{transport_error::none, 199, attempt_status::connection_error},
                                         row{transport_error::none, 0, attempt_status::connection_error}));

// A status that came before the fault does not matter.
INSTANTIATE_TEST_SUITE_P(
    faults, classification,
    testing::Values(row{transport_error::blocked, 0, attempt_status::blocked},
                    row{transport_error::dns, 0, attempt_status::connection_error},
                    row{transport_error::connect, 0, attempt_status::connection_error},
                    row{transport_error::connect_timeout, 0, attempt_status::timeout},
                    row{transport_error::tls, 0, attempt_status::connection_error},
                    row{transport_error::timeout, 200, attempt_status::timeout},
                    row{transport_error::disconnected, 0, attempt_status::connection_error},
                    row{transport_error::protocol, 200, attempt_status::connection_error},
                    row{transport_error::local, 0, attempt_status::connection_error}));

template <typename Value>
std::set<std::string_view> names_up_to(Value last) {
    std::set<std::string_view> names;
    for (int n = 0; n <= static_cast<int>(last); ++n)
        names.insert(to_string(static_cast<Value>(n)));
    return names;
}

TEST(names, are_those_of_the_contract) {
    EXPECT_EQ(names_up_to(attempt_status::blocked),
              (std::set<std::string_view>{"success", "client_error", "server_error", "timeout",
                                          "connection_error", "blocked"}));
    EXPECT_EQ(names_up_to(transport_error::local),
              (std::set<std::string_view>{"none", "blocked", "dns", "connect", "connect_timeout", "tls",
                                          "timeout", "disconnected", "protocol", "local"}));
    EXPECT_EQ(to_string(dead_reason::gone), "gone");
    EXPECT_EQ(to_string(dead_reason::expired), "expired");
}

TEST(names, differ_for_every_reason) {
    EXPECT_EQ(names_up_to(dead_reason::interrupted).size(), 5U);
    EXPECT_FALSE(names_up_to(dead_reason::interrupted).contains("unknown"));
}

}  // namespace
}  // namespace postrider
