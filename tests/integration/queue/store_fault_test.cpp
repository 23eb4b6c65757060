#include "store_story.h"

#include <set>

namespace postrider::queue {
namespace {

/// A whole queue, store and leases, on a Redis that keeps every write, and whose dispatcher delivers at once
/// whatever it gets.
class fault_story : public queue_story {
 protected:
    static testing::redis_options durable() {
        testing::redis_options options;
        options.arguments = {"--appendonly", "yes", "--appendfsync", "always"};
        return options;
    }
    void SetUp() override {
        client_ = connect(own_);
        ownership::settings settings;
        settings.partitions = {0, 1, 2, 3};
        settings.lease = milliseconds(2000);
        ownership_ = std::make_unique<ownership>(context_.get_executor(), *client_, names_, random_, metrics_,
                                                 clock_, settings);
        store_ = std::make_unique<store>(context_.get_executor(), *client_, names_, *ownership_, dispatch_,
                                         metrics_, clock_, store::settings());
        dispatch_.claims_from = store_.get();
        dispatch_.claims_all_ready = true;
        dispatch_.on_delivery = [this](delivery given) { deliver(given); };
        ownership_->attach(*store_, dispatch_);
        ownership_->start();
        until([this] { return !ownership_->token(3).empty(); });
    }
    void TearDown() override {
        run(ownership_->stop());
        store_.reset();
        disconnect(client_);
        context_.restart();
        context_.run();
    }
    void deliver(const delivery& given) {
        ++delivered_[given.event->id];
        store_->complete(given, {});
        dispatch_.free_slot();
    }
    redis_link look_inside() { return redis_link(own_); }
    void enqueue(int number) {
        const std::string id = "e" + std::to_string(number);
        const std::string endpoint = "shop" + std::to_string(number % 5);
        store_->enqueue(event_for(id, {endpoint}), [this, id](enqueue_answer answer) {
            ++answered_;
            if (answer.status == enqueue_status::stored) accepted_.insert(id);
            if (answer.status == enqueue_status::unavailable) ++unavailable_;
        });
    }
    bool is_drained() {
        if (store_->held() != 0) return false;
        for (const std::string& id : accepted_)
            if (!delivered_.contains(id)) return false;
        return true;
    }

    testing::redis_server own_{durable()};
    system_random random_;
    told_dispatcher dispatch_;
    std::unique_ptr<redis::client> client_;
    std::unique_ptr<ownership> ownership_;
    std::unique_ptr<store> store_;
    std::set<std::string> accepted_;
    std::map<std::string, int> delivered_;
    int answered_ = 0;
    int unavailable_ = 0;
};

class killed_redis : public fault_story, public ::testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(after_answers, killed_redis, ::testing::Values(1, 137, 500, 900));

TEST_P(killed_redis, loses_nothing_that_was_accepted) {
    dispatch_.slots = 16;
    int sent = 0;
    int killed = 0;
    while (sent < 1500) {
        for (int burst = 0; burst < 10 && sent < 1500; ++burst)
            enqueue(sent++);
        const int wanted = sent - 40;
        until([this, wanted] { return answered_ >= wanted; });
        if (killed == 0 && answered_ >= GetParam()) {
            own_.kill_now();
            own_.start_again();
            ++killed;
            until([this] { return client_->generation() == 2 && !ownership_->token(3).empty(); });
        }
    }
    until([this] { return answered_ == 1500; });
    until([this] { return is_drained(); });
    EXPECT_EQ(killed, 1);
    EXPECT_GT(accepted_.size(), 1000u);
    EXPECT_EQ(static_cast<int>(accepted_.size()) + unavailable_, 1500);
    int again = 0;
    for (const auto& [id, times] : delivered_)
        again += times - 1;
    EXPECT_LE(again, 16) << "at most what was in flight";
    // What was stored and not confirmed is delivered too; nothing is left behind.
    until([this] { return look_inside().texts("KEYS", "*event*").empty(); });
    EXPECT_TRUE(look_inside().texts("KEYS", "*state*").empty());
}

TEST_F(fault_story, a_new_server_gets_new_tokens_and_what_is_held_is_settled_under_them) {
    std::vector<delivery> kept;
    dispatch_.on_delivery = [&kept](delivery given) { kept.push_back(std::move(given)); };
    dispatch_.slots = 1;
    enqueue(0);
    until([&kept] { return kept.size() == 1; });
    const std::string token(ownership_->settle_token(kept[0].partition));
    own_.kill_now();
    own_.start_again();
    until([&] {
        const auto now = ownership_->token(kept[0].partition);
        return !now.empty() && now != token;
    });
    EXPECT_TRUE(dispatch_.lost.empty());
    EXPECT_EQ(store_->held(), 1u);
    EXPECT_EQ(look_inside().text("HGET", names_.inflight(kept[0].partition),
                                 kept[0].queue_name + '|' + kept[0].store_id),
              "1:" + std::string(ownership_->token(kept[0].partition)));
    store_->complete(kept[0], {});
    until([this] { return store_->held() == 0; });
    EXPECT_TRUE(look_inside().texts("KEYS", "*state*").empty());
    EXPECT_EQ(kept.size(), 1u) << "and it was not given a second time";
}

TEST_F(fault_story, settlements_wait_for_redis_and_are_applied_once_it_is_back) {
    std::vector<delivery> kept;
    dispatch_.on_delivery = [&kept](delivery given) { kept.push_back(std::move(given)); };
    dispatch_.slots = 50;
    for (int number = 0; number < 50; ++number)
        enqueue(number);
    until([&kept] { return kept.size() == 50; });
    own_.pause();
    for (const delivery& given : kept)
        store_->complete(given, {});
    // Written and unanswered: their outcome is unknown when the connection goes.
    until([this] { return client_->silent_for() > milliseconds(0); });
    own_.kill_now();
    until([this] { return !client_->connected(); });
    EXPECT_EQ(store_->held(), 50u);
    own_.start_again();
    until([this] { return store_->held() == 0; });
    EXPECT_TRUE(look_inside().texts("KEYS", "*state*").empty());
    EXPECT_EQ(kept.size(), 50u);
}

TEST_F(fault_story, an_event_whose_outcome_is_unknown_is_not_stored_again) {
    own_.pause();
    enqueue(0);
    until([this] { return client_->silent_for() > milliseconds(0); });
    own_.kill_now();
    until([this] { return answered_ == 1; });
    EXPECT_EQ(unavailable_, 1);
    own_.start_again();
    until([this] { return client_->generation() == 2 && !ownership_->token(3).empty(); });
    EXPECT_TRUE(look_inside().texts("KEYS", "*event*").empty());
}

}  // namespace
}  // namespace postrider::queue
