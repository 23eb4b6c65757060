#pragma once

#include "support/redis/redis_server.h"

#include <postrider/net/resolver.h>
#include <postrider/queue/store.h>
#include <postrider/redis/client.h>
#include <postrider/runtime/shard.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::queue {

/// Sockets have no names.
class no_names final : public net::resolver {
 public:
    boost::asio::awaitable<net::addresses_or_reason> resolve(std::string /*name*/) override {
        co_return unexpected<net::resolve_error>(
            net::resolve_error(net::resolve_error::cause::no_address, "no names here"));
    }
};

/// No connection is given up because it is silent: what has to end while Redis is away ends by itself, and a
/// pause of the machine ends nothing.
inline redis::client_settings fast_settings(const testing::redis_server& server) {
    redis::client_settings settings;
    settings.where.kind = redis::location::transport::unix_socket;
    settings.where.path = server.socket_path();
    settings.first_backoff = milliseconds(2);
    settings.max_backoff = milliseconds(20);
    settings.connect_timeout = settings.reply_timeout = std::chrono::hours(1);
    return settings;
}

/// The state of a queue's delivery in a field of `states`; empty where there is none.
inline std::string state_of_entry(const std::string& entry, const std::string& queue) {
    const std::string lines = '\n' + entry + '\n';
    const auto at = lines.find('\n' + queue + ' ');
    if (at == std::string::npos) return "";
    const auto first = at + queue.size() + 2;
    return lines.substr(first, lines.find('\n', first) - first);
}

/// A client on an executor of its own, and calls that wait for their replies: for looking at the store from
/// outside, and for running scripts by themselves.
class redis_link {
 public:
    explicit redis_link(const testing::redis_server& server) {
        client_ = std::make_unique<redis::client>(context_.get_executor(), names_, fast_settings(server),
                                                  store::preamble(), system_time());
        client_->start();
        wait(client_->wait_connected());
    }
    ~redis_link() { wait(client_->stop()); }
    redis_link(const redis_link&) = delete;
    redis_link& operator=(const redis_link&) = delete;

    redis::reply call(redis::command command) {
        auto result = wait(client_->call(std::move(command)));
        if (!result) {
            ADD_FAILURE() << "no reply";
            return {};
        }
        return std::move(*result);
    }
    template <typename... Arguments>
    redis::reply operator()(std::string_view name, const Arguments&... arguments) {
        return call(redis::command(name, arguments...));
    }
    /// A text reply, or "" for nil.
    template <typename... Arguments>
    std::string text(std::string_view name, const Arguments&... arguments) {
        const auto reply = call(redis::command(name, arguments...));
        if (const auto number = reply.integer()) return std::to_string(*number);
        return std::string(reply.text());
    }
    template <typename... Arguments>
    std::vector<std::string> texts(std::string_view name, const Arguments&... arguments) {
        return texts_of(call(redis::command(name, arguments...)));
    }
    /// The elements of an array; one element for any other reply.
    static std::vector<std::string> texts_of(const redis::reply& reply) {
        if (reply.size() == 0 && !reply.text().empty()) return {std::string(reply.text())};
        std::vector<std::string> texts;
        for (std::size_t index = 0; index < reply.size(); ++index)
            texts.emplace_back(reply[index].text());
        return texts;
    }

 private:
    template <typename Value>
    Value wait(boost::asio::awaitable<Value> work) {
        std::optional<Value> value;
        run(fill(std::move(work), value));
        return std::move(*value);
    }
    void wait(boost::asio::awaitable<void> work) { run(std::move(work)); }
    template <typename Value>
    static boost::asio::awaitable<void> fill(boost::asio::awaitable<Value> work,
                                             std::optional<Value>& value) {
        value.emplace(co_await std::move(work));
    }
    void run(boost::asio::awaitable<void> work) {
        bool ended = false;
        runtime::spawn(context_.get_executor(), "test", std::move(work), [&] { ended = true; });
        context_.restart();
        while (!ended)
            context_.run_one();
    }

    boost::asio::io_context context_{1};
    no_names names_;
    std::unique_ptr<redis::client> client_;
};

}  // namespace postrider::queue
