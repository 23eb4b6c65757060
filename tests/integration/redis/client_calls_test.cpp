#include "story.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <charconv>
#include <string>

namespace postrider::redis {
namespace {

namespace asio = boost::asio;
using testing::redis_server;

class client_calls : public story {
 protected:
    redis_server server_;
    std::unique_ptr<client> used_ = make(server_.url());

    asio::awaitable<void> connect() {
        used_->start();
        EXPECT_TRUE(co_await used_->wait_connected());
    }

    template <typename... Arguments>
    asio::awaitable<std::string> ask(Arguments... arguments) {
        command text(arguments...);
        const call_result result = co_await used_->call(std::move(text));
        co_return outcome(result);
    }

    /// A number from INFO.
    asio::awaitable<long> statistic(std::string name) {
        const std::string info = co_await ask("INFO", "stats");
        const std::size_t at = info.find(name + ":") + name.size() + 1;
        long number = -1;
        std::from_chars(info.data() + at, info.data() + info.size(), number);
        co_return number;
    }
};

class many_callers : public client_calls {
 protected:
    static constexpr int callers = 64;
    static constexpr int calls_each = 200;
    int left_ = callers;
    runtime::signal ended_{context_.get_executor()};

    asio::awaitable<void> count(int caller) {
        const std::string key = "counter:" + std::to_string(caller);
        for (int n = 1; n <= calls_each; ++n) {
            const std::string answer = co_await ask("INCR", key);
            EXPECT_EQ(answer, std::to_string(n));
        }
        if (--left_ == 0) ended_.notify_all();
    }

    asio::awaitable<void> run_all() {
        co_await connect();
        const long reads_before = co_await statistic("total_reads_processed");
        for (int caller = 0; caller < callers; ++caller)
            runtime::spawn(context_.get_executor(), "caller", count(caller));
        while (left_ > 0)
            co_await ended_.wait();
        const long reads = co_await statistic("total_reads_processed") - reads_before;
        EXPECT_LT(reads, callers * calls_each / 20) << "calls of one turn go out together";
        co_await used_->stop();
    }
};

TEST_F(many_callers, share_the_pipeline_and_each_gets_its_own_replies) {
    tell(run_all());
}

class transactions : public client_calls {
 protected:
    asio::awaitable<std::string> set_and(command last) {
        last.put_first("SET", "a", "1");
        const call_result result = co_await used_->call(std::move(last));
        co_return outcome(result);
    }

    asio::awaitable<void> run_some() {
        co_await connect();
        EXPECT_EQ(co_await set_and(command("GET", "a")), "1");
        EXPECT_EQ(co_await ask("DEL", "a"), "1");
        const std::string unknown =
            co_await set_and(command("EVALSHA", "0000000000000000000000000000000000000000", "0"));
        EXPECT_TRUE(unknown.starts_with("NOSCRIPT")) << unknown;
        EXPECT_EQ(co_await ask("DEL", "a"), "1") << "both were executed";
        const std::string wrong = co_await set_and(command("GET"));
        EXPECT_TRUE(wrong.starts_with("ERR wrong number")) << wrong;
        EXPECT_EQ(co_await ask("DEL", "a"), "0") << "neither was";
        EXPECT_EQ(co_await ask("CONFIG", "SET", "maxmemory", "1"), "OK");
        const std::string full = co_await set_and(command("GET", "a"));
        EXPECT_TRUE(full.starts_with("OOM")) << full;
        EXPECT_EQ(co_await ask("PING"), "PONG");
        co_await used_->stop();
    }
};

TEST_F(transactions, are_executed_whole_or_not_at_all) {
    tell(run_some());
}

class odd_replies : public client_calls {
 protected:
    asio::awaitable<void> take_errors() {
        co_await connect();
        const std::string unknown = co_await ask("EVALSHA", "0000000000000000000000000000000000000000", "0");
        EXPECT_TRUE(unknown.starts_with("NOSCRIPT")) << unknown;
        command nested("EVAL", "return {1, {redis.error_reply('MINE inside'), false}, 'x'}", "0");
        const call_result got = co_await used_->call(std::move(nested));
        EXPECT_TRUE(got.has_value());
        if (got) {
            EXPECT_FALSE(got->is_error());
            EXPECT_EQ((*got)[1][0].text(), "MINE inside");
            EXPECT_TRUE((*got)[1][1].is_nil());
        }
        EXPECT_EQ(co_await ask("PING"), "PONG");
        EXPECT_EQ(used_->generation(), 1U);
        co_await used_->stop();
    }

    asio::awaitable<void> take_big_ones() {
        co_await connect();
        const std::string big(20 * 1024 * 1024, '\x80');
        EXPECT_EQ(co_await ask("SET", "big", big), "OK");
        EXPECT_TRUE(co_await ask("GET", "big") == big);
        EXPECT_EQ(co_await ask("PING"), "PONG");
        EXPECT_EQ(used_->generation(), 1U);
        co_await used_->stop();
    }
};

TEST_F(odd_replies, that_are_errors_are_replies) {
    tell(take_errors());
}

TEST_F(odd_replies, that_are_big_are_taken) {
    tell(take_big_ones());
}

class callbacks : public client_calls {
 protected:
    std::vector<std::string> answers_;
    runtime::signal ended_{context_.get_executor()};

    /// Calls again from inside its own end, five times.
    void chain(int left) {
        used_->call(command("INCR", "chained"), used_->generation(), [this, left](const call_result& result) {
            answers_.push_back(outcome(result));
            if (left > 1)
                chain(left - 1);
            else
                ended_.notify_all();
        });
    }

    asio::awaitable<void> call_again() {
        co_await connect();
        chain(5);
        EXPECT_TRUE(answers_.empty());
        while (answers_.size() < 5)
            co_await ended_.wait();
        EXPECT_EQ(answers_, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
        co_await used_->stop();
    }

    asio::awaitable<void> never_run_before_the_call_returns() {
        used_->call(command("PING"), 0, [this](const call_result& result) {
            answers_.push_back(outcome(result));
            ended_.notify_all();
        });
        EXPECT_TRUE(answers_.empty());
        co_await ended_.wait();
        EXPECT_EQ(answers_, (std::vector<std::string>{"not_sent"}));
    }

    void stop_from_inside() {
        used_->call(command("PING"), used_->generation(), [this](const call_result& result) {
            answers_.push_back(outcome(result));
            runtime::spawn(context_.get_executor(), "stop", used_->stop());
        });
        used_->call(command("PING"), used_->generation(),
                    [this](const call_result& result) { answers_.push_back(outcome(result)); });
    }

    asio::awaitable<void> stop_in_callback() {
        co_await connect();
        stop_from_inside();
        EXPECT_FALSE(co_await used_->wait_connected(99));
    }
};

TEST_F(callbacks, may_call_again) {
    tell(call_again());
}

TEST_F(callbacks, run_later_also_without_a_connection) {
    tell(never_run_before_the_call_returns());
}

TEST_F(callbacks, may_stop_the_client) {
    tell(stop_in_callback());
    EXPECT_EQ(answers_, (std::vector<std::string>{"PONG", "PONG"}));
}

class generations : public client_calls {
 protected:
    asio::awaitable<void> call_with_others() {
        co_await connect();
        command past("SET", "k", "past");
        const call_result with_past = co_await used_->call(std::move(past), 0);
        EXPECT_EQ(outcome(with_past), "not_sent");
        command future("SET", "k", "future");
        const call_result with_future = co_await used_->call(std::move(future), 2);
        EXPECT_EQ(outcome(with_future), "not_sent");
        EXPECT_EQ(co_await ask("GET", "k"), "nil");
        co_await used_->stop();
    }
};

TEST_F(generations, other_than_the_present_one_are_not_sent_to) {
    tell(call_with_others());
}

class cancelled_callers : public client_calls {
 protected:
    asio::cancellation_signal cancel_;
    bool left_early_ = false;
    runtime::signal ended_{context_.get_executor()};

    asio::awaitable<void> wait_for_ever() {
        command block("BLPOP", "nothing", "0");
        const call_result result = co_await used_->call(std::move(block));
        EXPECT_EQ(outcome(result), "unknown");
    }

    void begin_waiting() {
        asio::co_spawn(context_, wait_for_ever(),
                       asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr) {
                           left_early_ = true;
                           ended_.notify_all();
                       }));
    }

    asio::awaitable<void> leave() {
        co_await connect();
        begin_waiting();
        while (co_await blocked_elsewhere() == 0) {
        }
        cancel_.emit(asio::cancellation_type::terminal);
        cancel_.emit(asio::cancellation_type::terminal);
        while (!left_early_)
            co_await ended_.wait();
        // Its reply comes now and belongs to nobody; the next one belongs to the next caller.
        co_await push_elsewhere();
        EXPECT_EQ(co_await ask("ECHO", "mine"), "mine");
        EXPECT_EQ(used_->generation(), 1U);
        co_await used_->stop();
        co_await other_->stop();
    }

    std::unique_ptr<client> other_ = make(server_.url());

    asio::awaitable<long> blocked_elsewhere() {
        other_->start();
        co_await other_->wait_connected();
        command info("INFO", "clients");
        const call_result result = co_await other_->call(std::move(info));
        const std::string text = outcome(result);
        co_return text.find("blocked_clients:1") == std::string::npos ? 0 : 1;
    }

    asio::awaitable<void> push_elsewhere() {
        command push("RPUSH", "nothing", "x");
        (void)co_await other_->call(std::move(push));
    }
};

TEST_F(cancelled_callers, keep_their_place) {
    tell(leave());
}

class stopped_clients : public client_calls {
 protected:
    asio::awaitable<void> stop_before_start() {
        co_await used_->stop();
        co_await used_->stop();
        used_->start();
        EXPECT_FALSE(co_await used_->wait_connected());
        EXPECT_EQ(co_await ask("PING"), "not_sent");
    }

    std::vector<std::string> answers_;

    void call_and_keep(const std::string& name) {
        used_->call(command(name, "nothing", "0"), used_->generation(),
                    [this](const call_result& result) { answers_.push_back(outcome(result)); });
    }

    asio::awaitable<void> stop_with_pending() {
        co_await connect();
        call_and_keep("BLPOP");
        co_await runtime::sleep_for(milliseconds(0));
        co_await runtime::sleep_for(milliseconds(0));  // a turn in which the writer takes it
        call_and_keep("BLPOP");
        co_await used_->stop();
        EXPECT_EQ(answers_, (std::vector<std::string>{"unknown", "not_sent"}));
        EXPECT_EQ(co_await ask("PING"), "not_sent");
        EXPECT_FALSE(used_->connected());
        EXPECT_FALSE(co_await used_->wait_connected());
        co_await used_->stop();
    }

    asio::awaitable<void> many_times() {
        for (int round = 0; round < 100; ++round) {
            const auto one = make(server_.url());
            one->start();
            if (round % 2 == 0) co_await one->wait_connected();
            if (round % 3 == 0) co_await runtime::sleep_for(milliseconds(0));
            one->call(command("PING"), one->generation(), [](const call_result&) {});
            co_await one->stop();
        }
    }
};

TEST_F(stopped_clients, never_connect) {
    tell(stop_before_start());
}

TEST_F(stopped_clients, settle_what_was_pending) {
    tell(stop_with_pending());
}

TEST_F(stopped_clients, end_at_any_moment) {
    tell(many_times());
}

}  // namespace
}  // namespace postrider::redis
