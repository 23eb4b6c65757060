#include "fixture.h"

#include <optional>

namespace postrider::delivery {
namespace {

/// Lets so many requests go out, and no more.
struct permits final : attempt_end {
    explicit permits(int most) : left(most) {}
    bool may_go_out() override { return left-- > 0; }
    void on_ended(attempt_result& ended) override { result = std::move(ended); }
    int left;
    std::optional<attempt_result> result;
};

/// Whoever an attempt is for may have lost the right to make it by the time its connection stands.
class withdrawal_test : public sender_test {
 protected:
    attempt_result attempt_within(int most, const endpoint_ptr& to) {
        if (!tested) make();
        const auto whom = std::make_shared<permits>(most);
        tested->begin(to, make_event("{}"), 1, 0, whom);
        context.restart();
        while (!whom->result)
            context.run_one();
        return *whom->result;
    }
};

TEST_F(withdrawal_test, what_may_not_go_out_leaves_a_connection_that_is_good_for_another) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    const endpoint_ptr to = plain(peer.port());
    for (const bool reused : {false, true}) {
        const auto result = attempt_within(0, to);
        EXPECT_EQ(result.error, transport_error::local);
        EXPECT_TRUE(result.own_fault);
        EXPECT_EQ(result.reused_connection, reused);
        EXPECT_EQ(tested->connections(), 1U);
    }
    EXPECT_EQ(attempt_within(1, to).status, 200);
    EXPECT_EQ(peer.connections(), 1U);
    EXPECT_EQ(peer.requests().size(), 1U);
}

TEST_F(withdrawal_test, a_connection_that_replaces_a_dead_one_asks_again) {
    test::receiver* self = nullptr;
    test::receiver peer([&](test::peer& with, std::size_t) {
        while (auto request = with.read_request()) {
            self->keep(std::move(*request));
            if (self->requests().size() == 2) return;
            with.send(test::response_text(200));
        }
    });
    self = &peer;
    const endpoint_ptr to = plain(peer.port());
    EXPECT_EQ(attempt(to).status, 200);
    EXPECT_EQ(attempt_within(1, to).error, transport_error::local);
    EXPECT_EQ(peer.requests().size(), 2U);
    EXPECT_EQ(attempt(to).status, 200);
    EXPECT_EQ(peer.connections(), 2U);
}

}  // namespace
}  // namespace postrider::delivery
