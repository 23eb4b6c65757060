#include "store_story.h"

namespace postrider::queue {
namespace {

/// Claims whose bodies are read beside the script
/// (docs/decisions/0033-bodies-of-claims-beside-the-script.md).
class store_forecast : public store_story {
 protected:
    void queue_up(int count) {
        for (int number = 0; number < count; ++number)
            enqueue("e" + std::to_string(number), {"shop"});
        until([&] { return answers_.size() == static_cast<std::size_t>(count); });
    }
    /// Claims so many, and gives the ids of what came, after their bodies were compared.
    std::vector<std::string> claim(std::uint32_t count) {
        const std::size_t before = dispatch_.claimed.size(), ended = dispatch_.ended.size();
        (*outside_)("CONFIG", "RESETSTAT");
        wish("shop", count);
        until([&] { return dispatch_.ended.size() > ended; });
        std::vector<std::string> ids;
        for (std::size_t at = before; at < dispatch_.claimed.size(); ++at) {
            EXPECT_EQ(dispatch_.claimed[at].event->body, "body of " + dispatch_.claimed[at].event->id);
            ids.push_back(dispatch_.claimed[at].event->id);
        }
        return ids;
    }
    /// How often bodies were read since the last claim began. One more MGET asks whose the partitions are.
    /// The script reads them by sixteen, a command beside it all at once.
    int reads() {
        const std::string told = outside_->text("INFO", "commandstats");
        const std::size_t at = told.find("cmdstat_mget:calls=");
        return at == std::string::npos ? 0 : std::stoi(told.substr(at + 19)) - 1;
    }
    static std::vector<std::string> from(int first, int end) {
        std::vector<std::string> ids;
        for (int number = first; number < end; ++number)
            ids.push_back("e" + std::to_string(number));
        return ids;
    }
};

TEST_F(store_forecast, what_was_listed_beside_a_claim_is_read_beside_the_next) {
    queue_up(100);
    EXPECT_EQ(claim(20), from(0, 20));
    EXPECT_EQ(reads(), 2);
    EXPECT_EQ(claim(40), from(20, 60));
    EXPECT_EQ(reads(), 1);
    EXPECT_EQ(claim(39), from(60, 99));
    EXPECT_EQ(reads(), 1);
    EXPECT_EQ(claim(40), from(99, 100)) << "as few are left";
    EXPECT_EQ(reads(), 1);
    EXPECT_EQ(store_->held(), 100U);
    const std::uint32_t partition = partition_of("shop");
    EXPECT_EQ(outside_->text("HLEN", names_.inflight(partition)), "100");
    for (const delivery& given : dispatch_.claimed) {
        EXPECT_EQ(given.attempt, 1U);
        store_->complete(given, {});
    }
    until([this] { return store_->held() == 0; });
    EXPECT_EQ(outside_->text("EXISTS", names_.states(partition), names_.inflight(partition)), "0");
}

TEST_F(store_forecast, small_claims_look_at_nothing_that_comes_next) {
    queue_up(60);
    EXPECT_EQ(claim(7), from(0, 7));
    EXPECT_EQ(claim(40), from(7, 47)) << "of what no claim listed";
    EXPECT_EQ(reads(), 3);
}

TEST_F(store_forecast, a_claim_of_far_more_than_was_listed_is_not_cut_short) {
    queue_up(200);
    EXPECT_EQ(claim(8), from(0, 8));
    EXPECT_EQ(claim(100), from(8, 108));
    EXPECT_EQ(reads(), 7);
}

TEST_F(store_forecast, what_was_handed_back_meanwhile_comes_first) {
    queue_up(80);
    EXPECT_EQ(claim(20), from(0, 20));
    for (int at : {3, 4})
        store_->hand_back(dispatch_.claimed[static_cast<std::size_t>(at)]);
    until([this] { return store_->held() == 18; });
    auto expected = from(20, 38);
    expected.insert(expected.begin(), {"e3", "e4"});
    EXPECT_EQ(claim(20), expected);
    EXPECT_EQ(claim(20), from(38, 58)) << "and nothing is expected for a while";
    EXPECT_EQ(reads(), 2);
}

TEST_F(store_forecast, retries_are_listed_once_no_new_event_is_left) {
    queue_up(80);
    EXPECT_EQ(claim(80).size(), 80U);
    for (const delivery& given : dispatch_.claimed)
        store_->retry_later(given, milliseconds(0), {});
    until([this] { return store_->held() == 0 && !dispatch_.ready.empty(); });
    until([this] {
        return outside_->text("LLEN", names_.retry_lane(partition_of("shop"), "default.shop")) == "80";
    });
    dispatch_.claimed.clear();
    std::set<std::string> given;
    for (int number = 0; number < 4; ++number)
        for (const std::string& id : claim(20))
            given.insert(id);
    EXPECT_EQ(reads(), 1);
    EXPECT_EQ(given.size(), 80U);
    for (const delivery& again : dispatch_.claimed)
        EXPECT_EQ(again.attempt, 2U);
}

TEST_F(store_forecast, a_body_that_is_missing_is_a_dead_letter_and_costs_nobody_else) {
    queue_up(60);
    EXPECT_EQ(claim(20), from(0, 20));
    const std::uint32_t partition = partition_of("shop");
    (*outside_)("DEL", names_.event(partition, store_id("default", "e25")));
    auto expected = from(20, 40);
    expected.erase(expected.begin() + 5);
    EXPECT_EQ(claim(20), expected);
    EXPECT_EQ(reads(), 1);
    until([this] { return store_->held() == 39; });
    EXPECT_EQ(outside_->text("ZCARD", names_.dead(partition, "default.shop")), "1");
}

TEST_F(store_forecast, a_forgotten_script_reads_the_bodies_itself) {
    queue_up(60);
    EXPECT_EQ(claim(20), from(0, 20));
    (*outside_)("SCRIPT", "FLUSH", "SYNC");
    EXPECT_EQ(claim(20), from(20, 40));
    EXPECT_EQ(claim(20), from(40, 60));
}

TEST_F(store_forecast, a_full_redis_still_gives_what_waits) {
    queue_up(60);
    EXPECT_EQ(claim(20), from(0, 20));
    (*outside_)("CONFIG", "SET", "maxmemory", "1");
    EXPECT_EQ(claim(20), from(0, 0)) << "no command of a transaction is taken";
    EXPECT_EQ(claim(20), from(20, 40)) << "but the script alone";
    EXPECT_EQ(reads(), 2);
    (*outside_)("CONFIG", "SET", "maxmemory", "0");
}

TEST_F(store_forecast, what_no_id_can_be_ends_a_list) {
    queue_up(120);
    const std::string lane = names_.queue(partition_of("shop"), "default.shop");
    std::vector<std::string> ids;
    for (const char* odd : {"", "a\nb", "\n", "ghost"}) {
        (*outside_)("LINSERT", lane, "AFTER", outside_->text("LINDEX", lane, "14"), odd);
        for (int number = 0; number < 3; ++number)
            for (const std::string& id : claim(10))
                ids.push_back(id);
    }
    while (ids.size() < 120 && !HasFailure())
        for (const std::string& id : claim(10))
            ids.push_back(id);
    EXPECT_EQ(ids, from(0, 120));
}

TEST_F(store_forecast, goes_with_completions_and_their_records) {
    queue_up(60);
    EXPECT_EQ(claim(20), from(0, 20));
    history_entry history;
    history.record.emplace();
    history.most = 50;
    for (int at = 0; at < 10; ++at)
        store_->complete(dispatch_.claimed[static_cast<std::size_t>(at)], history);
    until([this] { return store_->held() == 10; });
    for (int at = 10; at < 20; ++at)
        store_->complete(dispatch_.claimed[static_cast<std::size_t>(at)], history);
    EXPECT_EQ(claim(20), from(20, 40));
    until([this] { return store_->held() == 20; });
    EXPECT_EQ(outside_->text("LLEN", names_.history(partition_of("shop"), "default.shop")), "20");
}

TEST_F(store_forecast, events_that_may_be_very_large_are_read_by_the_script_that_measures_them) {
    store_->set_max_body_bytes(std::size_t{64} * 1024 * 1024);
    queue_up(60);
    EXPECT_EQ(claim(20), from(0, 20));
    EXPECT_EQ(claim(20), from(20, 40));
    EXPECT_EQ(reads(), 2);
}

}  // namespace
}  // namespace postrider::queue
