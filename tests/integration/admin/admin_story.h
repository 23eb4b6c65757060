#pragma once

#include "support/redis/redis_server.h"

#include <postrider/admin/service.h>
#include <postrider/net/resolver.h>
#include <postrider/redis/client.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::admin {

using nlohmann::json;

/// Sockets have no names.
class no_names final : public net::resolver {
 public:
    boost::asio::awaitable<net::addresses_or_reason> resolve(std::string /*name*/) override {
        co_return unexpected<net::resolve_error>(
            net::resolve_error(net::resolve_error::cause::no_address, ""));
    }
};

/// The machine's clocks, and as much on top as a test wants.
class shifted_clock final : public time_source {
 public:
    milliseconds shift{0};
    wall_time wall_now() const noexcept override { return system_time().wall_now() + shift; }
    monotonic_time monotonic_now() const noexcept override { return system_time().monotonic_now() + shift; }
    boot_clock::time_point boot_now() const noexcept override { return system_time().boot_now() + shift; }
};

/// The admin service on a real Redis, and a daemon that does of what it is asked as much as these routes see
/// of it: it reads the catalog anew and swaps the view.
class admin_story : public ::testing::Test, protected operations {
 protected:
    explicit admin_story(bool has_key = true);
    ~admin_story() override;

    struct answer {
        int status = 0;
        json body;
        std::map<std::string, std::string> headers;
        [[nodiscard]] std::string code() const { return body.value("code", ""); }
    };
    /// As `root`, unless told otherwise.
    answer ask(std::string method, std::string target, std::string body = {},
               std::string_view token = "root");
    answer ask_as(std::string_view token, std::string method, std::string target, std::string body = {}) {
        return ask(std::move(method), std::move(target), std::move(body), token);
    }
    http::response send(http::request request);

    /// Makes a webhook and gives its id.
    std::string make_webhook(json more = json::object(), std::string_view token = "root");
    /// The view has these, as if they were written in "a.yaml".
    void write_file(std::vector<endpoint> endpoints);
    redis::reply call(redis::command command);
    /// Reads the catalog and swaps the view, as a daemon does within a second of a change.
    void look_at_catalog();
    /// The endpoint as the view has it.
    endpoint_ptr find(const std::string& queue_name);
    catalog::content read_catalog();

    template <typename Value>
    Value wait(boost::asio::awaitable<Value> work) {
        std::optional<Value> value;
        run(fill(std::move(work), value));
        return std::move(*value);
    }

    boost::asio::awaitable<std::string> readiness() override { co_return ""; }
    boost::asio::awaitable<std::vector<config::fault>> reload(catalog::change /*who*/) override {
        co_return std::vector<config::fault>();
    }
    boost::asio::awaitable<std::string> refresh() override;
    boost::asio::awaitable<std::optional<std::string>> send_test(std::string queue_name,
                                                                 std::string event_type) override;
    void wake(std::string /*queue_name*/) override {}
    void wake_jobs() override { ++job_wakes_; }
    boost::asio::awaitable<daemon_facts> facts() override { co_return facts_; }
    boost::asio::awaitable<std::string> metrics_page() override { co_return ""; }

    testing::redis_server server_;
    std::string refresh_fault_;
    std::optional<std::string> test_id_ = "0123456789abcdefghijkl";
    std::vector<std::pair<std::string, std::string>> tests_sent_;
    int job_wakes_ = 0;
    daemon_facts facts_;
    shifted_clock clock_;

 private:
    class nothing_next final : public http::handler {
     public:
        expected<std::uint64_t, http::response> admit(const http::request&,
                                                      std::optional<std::uint64_t>) override {
            return unexpected<http::response>(http::problem(404, "not_found", "next"));
        }
        boost::asio::awaitable<http::response> handle(http::request&) override {
            co_return http::problem(404, "not_found", "next");
        }
    };

    template <typename Value>
    static boost::asio::awaitable<void> fill(boost::asio::awaitable<Value> work,
                                             std::optional<Value>& value) {
        value.emplace(co_await std::move(work));
    }
    void run(boost::asio::awaitable<void> work);
    void show(const catalog::content& content);

    boost::asio::io_context context_{1};
    no_names names_;
    system_random random_;
    metrics::registry metrics_;
    queue::keys keys_{"t", 4};
    redis::client client_;
    queue::inspection inspection_;
    queue::belongings belongings_;
    dead_letter::job_store jobs_;
    nothing_next next_;

 protected:
    catalog::store catalog_;
    service service_;

 private:
    std::vector<endpoint_ptr> from_files_;
    view view_;
};

}  // namespace postrider::admin
