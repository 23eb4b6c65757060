#pragma once

#include "support/redis/redis_server.h"

#include <postrider/dead_letter/job.h>
#include <postrider/net/resolver.h>
#include <postrider/redis/client.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postrider::dead_letter {

/// Sockets have no names.
class no_names final : public net::resolver {
 public:
    boost::asio::awaitable<net::addresses_or_reason> resolve(std::string name) override;
};

/// A Redis of the suite's, emptied for each story, and a store of jobs.
class jobs_story : public ::testing::Test {
 public:
    static void SetUpTestSuite() { server_ = std::make_unique<testing::redis_server>(); }
    static void TearDownTestSuite() { server_.reset(); }

 protected:
    static testing::redis_server& server() { return *server_; }
    void SetUp() override;
    void TearDown() override;

    /// Runs one coroutine to its end and gives what it gave.
    template <typename Value>
    Value get(boost::asio::awaitable<Value> work) {
        std::optional<Value> value;
        run(fill(std::move(work), value));
        return std::move(*value);
    }
    void run(boost::asio::awaitable<void> work);
    void until(const std::function<bool()>& so);
    std::unique_ptr<redis::client> connect();

    /// A command of a test's own.
    template <typename... Arguments>
    redis::reply redis(std::string_view name, const Arguments&... arguments) {
        return send(redis::command(name, arguments...));
    }
    redis::reply send(redis::command command);

    job create(job_kind kind, std::string tenant = "", std::string queue_name = "");
    job found(const std::string& id);

    boost::asio::io_context context_{1};
    no_names resolver_;
    system_random random_;
    std::unique_ptr<redis::client> client_;
    std::unique_ptr<job_store> jobs_;

 private:
    template <typename Value>
    static boost::asio::awaitable<void> fill(boost::asio::awaitable<Value> work,
                                             std::optional<Value>& value) {
        value.emplace(co_await std::move(work));
    }
    static inline std::unique_ptr<testing::redis_server> server_;
};

}  // namespace postrider::dead_letter
