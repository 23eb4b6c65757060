#pragma once

#include "support/redis/redis_server.h"

#include <postrider/catalog/store.h>
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

namespace postrider::catalog {

/// Sockets have no names.
class no_names final : public net::resolver {
 public:
    boost::asio::awaitable<net::addresses_or_reason> resolve(std::string name) override;
};

/// A wall clock that a test moves.
class moved_clock final : public time_source {
 public:
    wall_time now{milliseconds(1'763'714'201'000)};
    wall_time wall_now() const noexcept override { return now; }
    monotonic_time monotonic_now() const noexcept override { return system_time().monotonic_now(); }
    boot_clock::time_point boot_now() const noexcept override { return system_time().boot_now(); }
};

/// A Redis of the suite's, emptied for each story, and one store of it.
class catalog_story : public ::testing::Test {
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

    /// A command of a test's own.
    template <typename... Arguments>
    redis::reply redis(std::string_view name, const Arguments&... arguments) {
        auto result = get(client_->call(redis::command(name, arguments...)));
        if (!result) ADD_FAILURE() << "no reply";
        return result ? std::move(*result) : redis::reply();
    }
    static std::shared_ptr<const sealer> sealer_of(std::string keys);
    std::unique_ptr<store> make_store(std::shared_ptr<const sealer> sealer);
    static entry entry_named(std::string id, std::string note = "first");
    static std::string settings_of(const entry& entry) { return std::string(entry.settings.reveal()); }

    boost::asio::io_context context_{1};
    no_names resolver_;
    system_random random_;
    moved_clock clock_;
    std::unique_ptr<redis::client> client_;
    std::unique_ptr<store> store_;

 private:
    template <typename Value>
    static boost::asio::awaitable<void> fill(boost::asio::awaitable<Value> work,
                                             std::optional<Value>& value) {
        value.emplace(co_await std::move(work));
    }
    static inline std::unique_ptr<testing::redis_server> server_;
};

}  // namespace postrider::catalog
