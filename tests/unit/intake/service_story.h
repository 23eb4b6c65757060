#pragma once

#include <postrider/access/tokens.h>
#include <postrider/intake/service.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::intake {

using nlohmann::json;

/// Our own seam, in memory: remembers what came, answers what it is told, else "stored".
class recording_queue final : public queue::intake_port {
 public:
    boost::asio::awaitable<std::vector<queue::enqueue_answer>> enqueue(
        std::vector<queue::new_event> events) override {
        ++calls;
        std::vector<queue::enqueue_answer> out;
        for (auto& event : events) {
            queue::enqueue_answer answer{queue::enqueue_status::stored,
                                         static_cast<std::uint32_t>(event.endpoints.size())};
            if (!answers.empty()) {
                answer = answers.front();
                answers.pop_front();
            }
            out.push_back(answer);
            stored.push_back(std::move(event));
        }
        co_return out;
    }

    int calls = 0;
    std::deque<queue::enqueue_answer> answers;
    std::vector<queue::new_event> stored;
};

class counting_random final : public random_source {
 public:
    std::uint64_t next() override { return ++count_; }

 private:
    std::uint64_t count_ = 0;
};

class standing_time final : public time_source {
 public:
    wall_time wall_now() const noexcept override { return wall_time(milliseconds(1769860800123)); }
    monotonic_time monotonic_now() const noexcept override { return {}; }
    boot_clock::time_point boot_now() const noexcept override { return {}; }
};

inline endpoint_ptr subscriber(std::string id, std::string tenant, std::string pattern) {
    auto made = std::make_shared<endpoint>();
    made->id = std::move(id);
    made->tenant = std::move(tenant);
    made->events.push_back(std::move(pattern));
    return made;
}

inline access::token token(std::string_view text, access::scope scope,
                           std::optional<std::string> tenant = {}) {
    return {std::string(text), sha256({text}), static_cast<std::uint8_t>(scope), std::move(tenant)};
}

class service_test : public ::testing::Test {
 protected:
    service_test() : service_(queue_, metrics_, random_, time_) {
        use_tokens({});
        service_.set_open(true);
    }

    void use_tokens(std::vector<access::token> tokens) {
        view& now = now_;
        now.subscriptions = std::make_shared<subscription::snapshot>(std::vector<endpoint_ptr>{
            subscriber("one", "default", "case.*"), subscriber("two", "default", "case.created"),
            subscriber("three", "acme", "**")});
        now.tokens = std::make_shared<access::token_list>(std::move(tokens));
        now.max_body_bytes = 500;
        now.max_batch_bytes = 2000;
        now.max_batch_events = 5;
        service_.set_view(now);
    }

    /// One token, "shop", with this rate.
    void use_rate(double requests_per_second, std::uint32_t burst) {
        auto shop = token("shop", access::scope::ingest);
        shop.rate_limit = rate_settings{requests_per_second, burst};
        use_tokens({shop});
        now_.rates = std::make_shared<limit::request_rates>(
            limit::request_rates::settings_by_name{{"shop", *shop.rate_limit}}, nullptr);
        service_.set_view(now_);
    }
    static http::request as_shop(http::request request) {
        return with(std::move(request), "Authorization", "Bearer shop");
    }

    static http::request post(std::string body, std::string path = "/api/events") {
        http::request request;
        request.method = "POST";
        request.path = std::move(path);
        request.headers = {{"Host", "localhost:8080"}, {"Content-Type", "application/json"}};
        request.body = std::move(body);
        return request;
    }
    static http::request batch(std::string body) { return post(std::move(body), "/api/events/batch"); }
    static http::request with(http::request request, std::string name, std::string value) {
        for (auto& header : request.headers)
            if (header.first == name) {
                header.second = std::move(value);
                return request;
            }
        request.headers.emplace_back(std::move(name), std::move(value));
        return request;
    }

    /// As the server does it: admit, then handle.
    http::response ask(http::request request) {
        auto admitted = service_.admit(request, request.body.size());
        if (!admitted) return admitted.error();
        if (request.body.size() > *admitted) return http::problem(413, "", "");
        boost::asio::io_context context;
        auto answer = boost::asio::co_spawn(context, service_.handle(request), boost::asio::use_future);
        context.run();
        return answer.get();
    }
    json ask_json(http::request request) { return json::parse(ask(std::move(request)).body); }

    bool has_metric(std::string_view line) { return metrics_.render().find(line) != std::string::npos; }

    recording_queue queue_;
    metrics::registry metrics_;
    counting_random random_;
    standing_time time_;
    view now_;
    service service_;
};

std::string_view header(const http::response& answer, std::string_view name) {
    for (const auto& [field, value] : answer.headers)
        if (field == name) return value;
    return {};
}

}  // namespace postrider::intake
