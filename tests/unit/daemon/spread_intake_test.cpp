#include <daemon/spread_intake.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace postrider::daemon {
namespace {

using queue::enqueue_answer;
using queue::enqueue_status;

const wall_time first_time{milliseconds(1700000000000)};
const wall_time second_time{milliseconds(1700000060000)};

endpoint_ptr endpoint_of(const std::string& id) {
    auto made = std::make_shared<endpoint>();
    made->tenant = "t";
    made->id = id;
    return made;
}

/// Answers are told beforehand, by partition; what was written is kept.
class spread_intake_test : public testing::Test {
 protected:
    enqueue_answer store(std::string hash, wall_time accepted_at, const std::vector<std::string>& ids) {
        queue::new_event event;
        auto made = std::make_shared<postrider::event>();
        made->tenant = "t";
        made->id = "e";
        made->accepted_at = accepted_at;
        made->body = render_body("e", "a", to_rfc3339(accepted_at), "1");
        event.event = made;
        event.content_hash = std::move(hash);
        for (const auto& id : ids)
            event.endpoints.push_back(endpoint_of(id));
        std::vector<enqueue_answer> given;
        const spread_intake intake{
            [this](std::uint32_t partition, queue::new_event part, spread_intake::answered done) {
                auto answer = answers_[partition];
                written_.emplace_back(partition, std::move(part));
                done(answer);
            },
            [](const std::string& name) { return name == "t.known" ? endpoint_of("known") : nullptr; },
            keys_};
        intake.store(std::move(event), [&given](enqueue_answer answer) { given.push_back(answer); });
        EXPECT_EQ(given.size(), 1u) << "answered once";
        return given.empty() ? enqueue_answer() : given.front();
    }

    void answer(std::uint32_t partition, enqueue_status status, std::uint32_t deliveries = 0,
                std::string recorded = {}) {
        answers_[partition] = {status, deliveries, std::move(recorded)};
    }
    void answer_all(enqueue_status status) {
        for (std::uint32_t partition = 0; partition < keys_.partitions(); ++partition)
            answer(partition, status);
    }
    [[nodiscard]] std::uint32_t home() const { return keys_.partition_of(store_id("t", "e")); }
    [[nodiscard]] std::uint32_t partition_of(const std::string& id) const {
        return keys_.partition_of("t." + id);
    }
    /// Ids of endpoints in different partitions, none of them the event's home.
    [[nodiscard]] std::vector<std::string> apart(std::size_t count) const {
        std::set<std::uint32_t> used{home()};
        std::vector<std::string> ids;
        for (int number = 0; ids.size() < count; ++number) {
            const auto id = "e" + std::to_string(number);
            if (used.insert(partition_of(id)).second) ids.push_back(id);
        }
        return ids;
    }

    const queue::keys keys_{"test", 16};
    std::map<std::uint32_t, enqueue_answer> answers_;
    std::vector<std::pair<std::uint32_t, queue::new_event>> written_;
};

TEST_F(spread_intake_test, the_home_of_the_id_is_written_first_and_knows_of_all_queues) {
    answer_all(enqueue_status::stored);
    const auto ids = apart(2);
    const auto result = store("hash", first_time, ids);
    EXPECT_EQ(result.status, enqueue_status::stored);
    ASSERT_EQ(written_.size(), 3u);
    EXPECT_EQ(written_[0].first, home());
    EXPECT_EQ(written_[0].second.home, home());
    EXPECT_TRUE(written_[0].second.endpoints.empty());
    EXPECT_EQ(written_[0].second.elsewhere.size(), 2u);
    for (std::size_t part = 1; part < 3; ++part) {
        EXPECT_EQ(written_[part].second.home, written_[part].first) << "each part remembers itself";
        EXPECT_EQ(written_[part].second.content_hash, "hash");
        EXPECT_EQ(written_[part].second.endpoints.size(), 1u);
    }
}

TEST_F(spread_intake_test, what_the_home_refuses_is_written_nowhere) {
    answer_all(enqueue_status::stored);
    for (const auto refusal : {enqueue_status::conflict, enqueue_status::full, enqueue_status::unavailable}) {
        written_.clear();
        answer(home(), refusal);
        EXPECT_EQ(store("hash", first_time, apart(2)).status, refusal);
        EXPECT_EQ(written_.size(), 1u);
    }
}

TEST_F(spread_intake_test, a_part_that_fails_makes_the_answer_a_failure_that_may_be_repeated) {
    answer_all(enqueue_status::stored);
    const auto ids = apart(2);
    answer(partition_of(ids[1]), enqueue_status::unavailable);
    EXPECT_EQ(store("hash", first_time, ids).status, enqueue_status::unavailable);
}

TEST_F(spread_intake_test, a_repetition_completes_the_recorded_set_with_the_recorded_time) {
    answer_all(enqueue_status::stored);
    answer(home(), enqueue_status::duplicate, 2, "1700000000000 t.known t.gone");
    const auto result = store("hash", second_time, {"added-since"});
    EXPECT_EQ(result.status, enqueue_status::duplicate);
    EXPECT_EQ(result.deliveries, 2u);
    std::set<std::string> queues;
    for (const auto& [partition, part] : written_) {
        for (const auto& endpoint : part.endpoints)
            if (partition != home()) queues.insert(endpoint->queue_name());
        if (partition == home()) continue;
        EXPECT_EQ(part.event->accepted_at, first_time);
        EXPECT_EQ(part.event->body, render_body("e", "a", to_rfc3339(first_time), "1"));
    }
    EXPECT_EQ(queues, (std::set<std::string>{"t.known", "t.gone"}));
}

TEST_F(spread_intake_test, an_event_without_an_id_goes_straight_to_its_partitions) {
    answer_all(enqueue_status::stored);
    const auto ids = apart(3);
    EXPECT_EQ(store("", first_time, ids).deliveries, 3u);
    EXPECT_EQ(written_.size(), 3u);
    written_.clear();
    EXPECT_EQ(store("", first_time, {}).status, enqueue_status::stored);
    EXPECT_EQ(written_.size(), 1u) << "for nobody: the store has confirmed it all the same";
}

}  // namespace
}  // namespace postrider::daemon
