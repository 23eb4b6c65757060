#pragma once

#include "support/redis/redis_server.h"

#include <postrider/net/resolver.h>
#include <postrider/redis/client.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace postrider::redis {

/// Knows the names that a test told it.
class known_names final : public net::resolver {
 public:
    std::map<std::string, std::vector<ip_address>> names;
    boost::asio::awaitable<net::addresses_or_reason> resolve(std::string name) override {
        const auto found = names.find(name);
        if (found == names.end())
            co_return unexpected<net::resolve_error>(
                net::resolve_error(net::resolve_error::cause::no_address, "no such name"));
        co_return found->second;
    }
};

/// One executor on the test's thread, run until nothing is left on it: so each story also shows that a
/// stopped client leaves nothing behind.
class story : public ::testing::Test {
 protected:
    boost::asio::io_context context_{1};
    known_names resolver_;

    void tell(boost::asio::awaitable<void> work) {
        bool ended = false;
        runtime::spawn(context_.get_executor(), "story", std::move(work), [&] { ended = true; });
        context_.run();
        context_.restart();
        EXPECT_TRUE(ended);
    }

    /// Patient: what a test says of time is what the test is about.
    static client_settings settings_for(const std::string& url) {
        client_settings settings;
        auto where = parse_url(url);
        EXPECT_TRUE(where) << url;
        if (where) settings.where = *where;
        settings.first_backoff = milliseconds(5);
        settings.max_backoff = milliseconds(50);
        settings.connect_timeout = settings.reply_timeout = std::chrono::minutes(1);
        return settings;
    }

    std::unique_ptr<client> make(client_settings settings, std::vector<command> preamble = {}) {
        return std::make_unique<client>(context_.get_executor(), resolver_, std::move(settings),
                                        std::move(preamble), system_time());
    }
    std::unique_ptr<client> make(const std::string& url) { return make(settings_for(url)); }

    /// There is no event for a failed attempt but the first: whoever serves looks at `last_error`.
    static boost::asio::awaitable<std::string> wait_for_failure(client& tried) {
        while (tried.last_error().empty())
            co_await runtime::sleep_for(milliseconds(1));
        co_return tried.last_error();
    }
};

/// "OK", "unknown", "not_sent" or the text of a reply: what a test compares.
inline std::string outcome(const call_result& result) {
    if (!result) return result.error() == call_error::not_sent ? "not_sent" : "unknown";
    if (const auto number = result->integer()) return std::to_string(*number);
    return result->is_nil() ? "nil" : std::string(result->text());
}

}  // namespace postrider::redis
