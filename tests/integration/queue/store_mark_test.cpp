#include "store_story.h"

#include <postrider/queue/store_mark.h>

namespace postrider::queue {
namespace {

using finding = store_mark::finding;

class mark_story : public queue_story {
 protected:
    void begin(const testing::redis_server& at) {
        client_ = connect(at);
        until([this] { return client_->connected(); });
    }
    void TearDown() override { disconnect(client_); }
    finding move(store_mark& mark) {
        auto found = finding::unread;
        const auto ask = [&mark, &found]() -> boost::asio::awaitable<void> { found = co_await mark.move(); };
        run(ask());
        return found;
    }
    std::unique_ptr<store_mark> new_mark(const replication& replicated = {}) {
        return std::make_unique<store_mark>(*client_, replicated, names_.mark(0), random_, metrics_,
                                            system_time());
    }
    /// Of the mark, by name and value in turn.
    std::vector<std::string> fields(const testing::redis_server& at) {
        return redis_link(at).texts("HGETALL", names_.mark(0));
    }
    void restore(const testing::redis_server& at, const std::vector<std::string>& fields) {
        redis::command command("HSET", names_.mark(0));
        for (const auto& text : fields)
            command.add(text);
        EXPECT_FALSE(redis_link(at).call(std::move(command)).is_error());
    }

    std::unique_ptr<redis::client> client_;
    system_random random_;
};

class store_marks : public mark_story {
 protected:
    void SetUp() override {
        queue_story::SetUp();
        begin(server());
    }
};

TEST_F(store_marks, a_store_that_goes_on_is_known_again) {
    const auto one = new_mark();
    const auto two = new_mark();
    for (int n = 0; n < 3; ++n) {
        EXPECT_EQ(move(*one), finding::steady);
        EXPECT_EQ(move(*two), finding::steady);
    }
    EXPECT_EQ(look().text("HGET", names_.mark(0), "number"), "6");
}

TEST_F(store_marks, a_wiped_store_is_told_once) {
    const auto mark = new_mark();
    move(*mark);
    look()("FLUSHALL");
    EXPECT_EQ(move(*mark), finding::wiped);
    EXPECT_EQ(move(*mark), finding::steady);
}

TEST_F(store_marks, a_store_that_went_back_is_told_to_each_daemon_that_lost_something) {
    const auto one = new_mark();
    const auto two = new_mark();
    move(*one);
    move(*two);
    const std::vector<std::string> before = fields(server());
    move(*one);
    restore(server(), before);
    // Others move it past what was lost before this daemon looks.
    for (int n = 0; n < 3; ++n)
        EXPECT_EQ(move(*two), finding::steady);
    EXPECT_EQ(move(*one), finding::rewound);
    EXPECT_EQ(move(*one), finding::steady);
}

TEST_F(store_marks, a_daemon_that_the_mark_forgot_is_no_alarm_and_the_mark_stays_small) {
    const auto one = new_mark();
    move(*one);
    for (int n = 0; n < 100; ++n)
        EXPECT_EQ(move(*new_mark()), finding::steady);
    EXPECT_EQ(look().text("HLEN", names_.mark(0)), "66");
    EXPECT_EQ(move(*one), finding::steady);
}

TEST_F(store_marks, a_mark_that_cannot_be_read_says_nothing) {
    const auto mark = new_mark();
    move(*mark);
    look()("DEL", names_.mark(0));
    look()("SET", names_.mark(0), "x");
    EXPECT_EQ(move(*mark), finding::unread);
}

/// A primary with a replica, and the connection over which the replica is waited for.
class replicated_marks : public mark_story {
 protected:
    void SetUp() override {
        begin(primary_);
        redis_link(replica_).text("REPLICAOF", "127.0.0.1", primary_.port());
        replicated_.links = &waiting_;
        replicated_.replicas = 1;
        replicated_.timeout = milliseconds(500);
        waiting_.start();
        until([this] { return second().connected(); });
        until([this] { return redis_link(primary_).text("WAIT", 1, 10) == "1"; });
    }
    void TearDown() override {
        run(waiting_.stop());
        mark_story::TearDown();
    }
    redis::client& second() { return waiting_.of(0); }
    boost::asio::awaitable<void> ping() {
        redis::command command("PING");
        (void)co_await second().call(std::move(command));
    }
    /// Until the second connection has answered what it was asked: a move, and then whether replicas have it.
    void hear_out() {
        for (int step = 0; step < 2; ++step)
            run(ping());
    }
    /// The mark after some looks, of which the last but one is known to be at the replica if it follows.
    std::unique_ptr<store_mark> known_mark() {
        auto mark = new_mark(replicated_);
        for (int looks = 0; looks < 2; ++looks) {
            EXPECT_EQ(move(*mark), finding::steady);
            hear_out();
        }
        return mark;
    }
    void cut_off() { EXPECT_EQ(redis_link(replica_).text("REPLICAOF", "NO", "ONE"), "OK"); }
    void empty() { EXPECT_EQ(redis_link(primary_).text("FLUSHALL"), "OK"); }

    testing::redis_server primary_{with_port()};
    testing::redis_server replica_{with_port()};
    redis::links waiting_{connect(primary_)};
    replication replicated_;

 private:
    static testing::redis_options with_port() {
        testing::redis_options options;
        options.tcp = true;
        options.arguments = {"--repl-diskless-sync-delay", "0"};
        return options;
    }
};

TEST_F(replicated_marks, what_no_replica_had_may_be_taken_back_by_a_failover) {
    const auto mark = known_mark();
    cut_off();
    for (int looks = 0; looks < 2; ++looks) {
        EXPECT_EQ(move(*mark), finding::steady);
        hear_out();
    }
    const auto older = fields(replica_);
    EXPECT_NE(fields(primary_), older);
    restore(primary_, older);
    EXPECT_EQ(move(*mark), finding::steady);
}

TEST_F(replicated_marks, a_store_that_no_replica_had_may_be_made_anew) {
    cut_off();
    const auto mark = known_mark();
    empty();
    EXPECT_EQ(move(*mark), finding::steady);
}

TEST_F(replicated_marks, what_replicas_had_must_stay) {
    const auto mark = known_mark();
    const auto older = fields(replica_);
    for (int looks = 0; looks < 2; ++looks) {
        EXPECT_EQ(move(*mark), finding::steady);
        hear_out();
    }
    restore(primary_, older);
    EXPECT_EQ(move(*mark), finding::rewound);
    for (int looks = 0; looks < 2; ++looks) {
        EXPECT_EQ(move(*mark), finding::steady);
        hear_out();
    }
    empty();
    EXPECT_EQ(move(*mark), finding::wiped);
    EXPECT_EQ(move(*mark), finding::steady);
}

TEST_F(replicated_marks, a_loss_that_the_second_connection_meets_first_is_found) {
    const auto mark = known_mark();
    const auto older = fields(primary_);
    EXPECT_EQ(move(*mark), finding::steady);
    hear_out();
    replica_.pause();
    second().call(redis::command("WAIT", 1, 300), second().generation(), [](const redis::call_result&) {});
    EXPECT_EQ(move(*mark), finding::steady) << "and what was known before is taken up";
    restore(primary_, older);  // before the second connection comes to its move
    hear_out();
    EXPECT_EQ(move(*mark), finding::rewound);
    EXPECT_EQ(move(*mark), finding::steady);
    replica_.resume();
}

TEST_F(replicated_marks, what_replicas_had_of_a_store_that_is_gone_means_nothing) {
    const auto mark = known_mark();
    replica_.pause();
    EXPECT_EQ(move(*mark), finding::steady);
    run(ping());  // the second connection has moved it, and waits
    empty();
    EXPECT_EQ(move(*mark), finding::wiped);
    replica_.resume();
    for (int looks = 0; looks < 2; ++looks) {
        hear_out();
        EXPECT_EQ(move(*mark), finding::steady);
    }
}

TEST_F(replicated_marks, a_silent_replica_holds_up_no_look) {
    replica_.pause();
    replicated_.timeout = milliseconds(60000);
    const auto mark = new_mark(replicated_);
    for (int looks = 0; looks < 3; ++looks)
        EXPECT_EQ(move(*mark), finding::steady);
    replica_.resume();
}

}  // namespace
}  // namespace postrider::queue
