#pragma once

#include "client.h"

#include <postrider/http/server.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::http {

/// Echoes bodies; `/wait` waits to be released, `/large` answers much, `/refused` is not admitted.
class echo final : public handler {
 public:
    explicit echo(const boost::asio::any_io_executor& executor) : released_(executor) {}

    expected<std::uint64_t, response> admit(const request& head, std::optional<std::uint64_t>) override {
        if (head.path == "/refused") return unexpected<response>(problem(404, "not_found", "refused"));
        return max_body;
    }

    boost::asio::awaitable<response> handle(request& request) override {
        ++handled;
        if (request.path == "/wait") {
            waiting.set_value();
            while (!open_)
                co_await released_.wait();
        }
        response answer;
        answer.content_type = "text/plain";
        answer.body = '<' + request.path + ':' + request.body + '>';
        if (request.path == "/large") answer.body.assign(8 << 20, 'a');
        co_return answer;
    }

    void release() {
        open_ = true;
        released_.notify_all();
    }

    std::uint64_t max_body = 100000;
    std::atomic<int> handled = 0;
    std::promise<void> waiting;  ///< kept when `/wait` is at work

 private:
    runtime::signal released_;
    bool open_ = false;
};

class server_test : public ::testing::Test {
 protected:
    void SetUp() override {
        shard_.start();
        on_shard([this] {
            handler_ = std::make_unique<echo>(shard_.executor());
            server_ = std::make_unique<server>(shard_.executor(), *handler_, limits());
        });
    }
    void TearDown() override {
        stop(milliseconds(10000));
        on_shard([this] {
            EXPECT_EQ(server_->connections(), 0U);
            server_.reset();
            handler_.reset();
        });
        shard_.stop();
        shard_.join();
    }

    virtual server_limits limits() { return {}; }

    template <typename Work>
    void on_shard(Work work) {
        std::promise<void> done;
        shard_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().get();
    }

    /// `first`: what the server finds when it begins to serve, so that no pause of this thread is the
    /// client's.
    client connect(std::string_view first = {}) {
        auto [ours, theirs] = client::connect();
        if (!first.empty()) ours.send(first);
        serve(theirs);
        return std::move(ours);
    }
    void serve(int descriptor) {
        shard_.post([this, descriptor] { server_->serve(descriptor, *ip_address::parse("127.0.0.1")); });
    }

    /// Begins to stop; the future is ready when the last session has ended.
    std::future<void> begin_to_stop(milliseconds longest) {
        auto done = std::make_shared<std::promise<void>>();
        auto ready = done->get_future();
        shard_.post([this, longest, done] {
            runtime::spawn(shard_.executor(), "stop", server_->stop(longest), [done] { done->set_value(); });
        });
        return ready;
    }
    void stop(milliseconds longest) {
        ASSERT_EQ(begin_to_stop(longest).wait_for(std::chrono::seconds(20)), std::future_status::ready);
    }
    void release() {
        on_shard([this] { handler_->release(); });
    }

    runtime::shard shard_{0};
    std::unique_ptr<echo> handler_;
    std::unique_ptr<server> server_;
};

inline std::string post(std::string_view path, std::string_view body, std::string_view fields = {}) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace postrider::http
