#include "inspection_story.h"

#include <postrider/queue/belongings.h>

#include <algorithm>

namespace postrider::queue {
namespace {

using names = std::vector<std::string>;

/// What is kept of a tenant or an event, and how it goes.
class belongings_test : public inspection_story {
 protected:
    void SetUp() override {
        inspection_story::SetUp();
        belongings_ = std::make_unique<belongings>(*client_, names_, metrics_, clock_);
    }
    void TearDown() override {
        belongings_.reset();
        inspection_story::TearDown();
    }

    wall_time later() const { return clock_.wall_now() + std::chrono::hours(1); }
    void expect_accounts_to_add_up() {
        for (std::uint32_t partition = 0; partition < names_.partitions(); ++partition)
            EXPECT_TRUE(ask(inspection_->reckon(partition)).adds_up()) << partition;
    }
    /// How many keys hold a text, in name or value. DUMP would not do: it compresses.
    std::size_t keys_with(const std::string& text) {
        return std::stoul(outside_->text("EVAL", R"(
            local readers = {string = {'GET'}, hash = {'HGETALL'}, set = {'SMEMBERS'}, list = {'LRANGE', 0, -1},
                             zset = {'ZRANGE', 0, -1}}
            local found = 0
            for _, key in ipairs(redis.call('KEYS', '*')) do
                local reader = readers[redis.call('TYPE', key).ok]
                local value = redis.call(reader[1], key, unpack(reader, 2))
                if type(value) == 'table' then value = table.concat(value, ' ') end
                if string.find(key .. value, ARGV[1], 1, true) then found = found + 1 end
            end
            return tostring(found))",
                                         "0", text));
    }
    belongings::erased_queue erase_all(const std::string& queue_name) {
        belongings::erased_queue said;
        std::uint64_t deliveries = 0;
        for (int calls = 0; calls < 100; ++calls) {
            said = ask(belongings_->erase_queue(queue_name, later(), said.passed));
            deliveries += said.deliveries;
            if (said.whole && said.deliveries == 0) break;
            if (said.whole) said.passed = {};
        }
        said.deliveries = deliveries;
        return said;
    }

    std::unique_ptr<belongings> belongings_;
};

TEST_F(belongings_test, an_event_goes_from_wherever_it_is) {
    put("e1", {"shop", "other", "third"});
    retry(take("shop"));
    bury(take("other"));
    put("e2", {"shop"});
    const auto said = ask(belongings_->erase_event(id_of("e1")));
    EXPECT_EQ(said.deliveries, 3u);
    EXPECT_EQ(said.in_flight, 0u);
    EXPECT_FALSE(said.more);
    for (const auto* endpoint : {"shop", "other", "third"})
        EXPECT_EQ(state("e1", endpoint), "") << endpoint;
    EXPECT_EQ(state("e2"), "q0");
    EXPECT_FALSE(ask(inspection_->find_dead_letter("default.other", id_of("e1"))));
    EXPECT_NE(metrics_.render().find(R"(webhook_dead_letters_total{endpoint="third",reason="erased"} 1)"),
              std::string::npos);
    expect_accounts_to_add_up();
}

TEST_F(belongings_test, what_is_in_flight_is_left_to_its_sender) {
    put("e1");
    const auto sending = take();
    const auto said = ask(belongings_->erase_event(id_of("e1")));
    EXPECT_EQ(said.deliveries, 0u);
    EXPECT_EQ(said.in_flight, 1u);
    EXPECT_EQ(state("e1"), "f1");
    EXPECT_EQ(erase_all(shop).in_flight, 1u);
    retry(sending);
    EXPECT_EQ(ask(belongings_->erase_event(id_of("e1"))).deliveries, 1u);
    EXPECT_EQ(state("e1"), "");
    expect_accounts_to_add_up();
}

TEST_F(belongings_test, the_records_of_an_event_go_and_those_of_others_stay) {
    for (const auto* event : {"e1", "e2", "e1b"}) {
        put(event);
        deliver(take(), true);
    }
    EXPECT_EQ(state("e1"), "k1");
    const auto said = ask(belongings_->erase_records(shop, id_of("e1"), 0));
    EXPECT_EQ(said.records, 1u);
    EXPECT_EQ(said.passed, 2u);
    EXPECT_FALSE(said.more);
    EXPECT_EQ(state("e1"), "") << "kept for its record";
    EXPECT_EQ(state("e2"), "k1");
    EXPECT_EQ(list().rows.size(), 2u);
}

TEST_F(belongings_test, a_queue_goes_with_all_that_is_parked) {
    for (int number = 0; number < 5; ++number)
        put_keyed("k" + std::to_string(number), "key");
    put("e1");
    kill("dead");
    EXPECT_EQ(erase_all(shop).deliveries, 7u);
    const auto partition = partition_of("shop");
    EXPECT_EQ(
        outside_->text("EXISTS", names_.order(partition, shop, key_hash("key")), names_.parked(partition),
                       names_.queue(partition, shop), names_.ready(partition), names_.dead(partition, shop)),
        "0");
    expect_accounts_to_add_up();
}

TEST_F(belongings_test, what_was_accepted_later_stays) {
    put("old");
    kill("old-dead");
    put("young");
    put_keyed("young-1", "key");
    put_keyed("young-2", "key");
    belongings::place_counts from;
    const auto said = ask(belongings_->erase_queue(shop, wall_time(milliseconds(1)), from));
    EXPECT_EQ(said.deliveries, 0u);
    EXPECT_TRUE(said.whole);
    EXPECT_EQ(said.passed.fresh, 3u);
    EXPECT_EQ(said.passed.dead, 1u);
    EXPECT_EQ(erase_all(shop).deliveries, 5u);
    expect_accounts_to_add_up();
}

TEST_F(belongings_test, nothing_of_a_payload_is_left_of_a_tenant) {
    put("secret-e1");
    retry(take());
    put("secret-e2");
    deliver(take(), true);
    kill("secret-e3");
    put("secret-e4");
    put_keyed("secret-e5", "secret-key");
    EXPECT_GT(keys_with("secret-"), 0u);
    erase_all(shop);
    while (ask(belongings_->erase_history(shop)))
        continue;
    EXPECT_EQ(keys_with("secret-"), 0u);
    for (std::uint32_t partition = 0; partition < names_.partitions(); ++partition)
        EXPECT_EQ(ask(belongings_->queues_of(partition, "default")), names());
    expect_accounts_to_add_up();
}

TEST_F(belongings_test, queues_are_found_by_whatever_they_hold) {
    put("e1", {"waits"});
    put("e2", {"flies"});
    const auto flying = take("flies");
    put("e3", {"retries"});
    retry(take("retries"));
    kill("e4", "dead");
    put("e5", {"kept"});
    deliver(take("kept"));
    names found;
    for (std::uint32_t partition = 0; partition < names_.partitions(); ++partition) {
        EXPECT_EQ(ask(belongings_->queues_of(partition, "def")), names()) << "another tenant";
        for (auto& name : ask(belongings_->queues_of(partition, "default")))
            found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found,
              (names{"default.dead", "default.flies", "default.kept", "default.retries", "default.waits"}));
    deliver(flying);
}

}  // namespace
}  // namespace postrider::queue
