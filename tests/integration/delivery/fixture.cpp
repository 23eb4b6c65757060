#include "fixture.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <support/net/run.h>

namespace postrider::delivery {

namespace asio = boost::asio;

asio::awaitable<net::addresses_or_reason> scripted_resolver::resolve(std::string name) {
    asked.push_back(name);
    if (name == silent) {
        asio::steady_timer never(context_, monotonic_time::max());
        co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    const auto found = names.find(name);
    if (found == names.end()) {
        auto why = unknown;
        why.detail = name + ": " + why.detail;
        co_return unexpected<net::resolve_error>(std::move(why));
    }
    std::vector<ip_address> addresses;
    for (const std::string& text : found->second)
        addresses.push_back(*ip_address::parse(text));
    co_return addresses;
}

sender_test::~sender_test() {
    tested.reset();
}

std::shared_ptr<endpoint> sender_test::plain(std::uint16_t port) {
    auto made = std::make_shared<endpoint>();
    made->id = "receiver";
    made->url.tls = false;
    made->url.host = "127.0.0.1";
    made->url.host_is_literal = true;
    made->url.port = port;
    made->url.target = "/hook";
    made->allow_http = true;
    made->allow_private_network = true;
    return made;
}

std::shared_ptr<endpoint> sender_test::secure(std::uint16_t port) {
    auto made = plain(port);
    made->url.tls = true;
    made->tls.ca_file = directory.write("ca.pem", authority.pem());
    return made;
}

test::tls_server sender_test::tls_server(const test::certificate_request& request) const {
    test::tls_server made;
    made.own = authority.issue(request);
    return made;
}

sender& sender_test::make(sender::settings settings, egress_rules rules) {
    settings.user_agent = "Postrider/test";
    tested =
        std::make_unique<sender>(context.get_executor(), names, time, std::move(settings), std::move(rules));
    return *tested;
}

event_ptr sender_test::make_event(std::string body) {
    auto made = std::make_shared<event>();
    made->tenant = "default";
    made->id = "evt_1";
    made->type = "case.created";
    made->body = std::move(body);
    return made;
}

attempt_result sender_test::attempt(const endpoint_ptr& to, std::uint32_t number, event_ptr what) {
    if (!tested) make();
    if (!what) what = make_event(R"({"id":"evt_1"})");
    return test::run(context, tested->attempt(to, std::move(what), number));
}

void sender_test::start(const endpoint_ptr& to) {
    if (!tested) make();
    ++under_way_;
    asio::co_spawn(context, tested->attempt(to, make_event("{}"), 1),
                   [this](const std::exception_ptr& thrown, attempt_result result) {
                       EXPECT_EQ(thrown, nullptr);
                       --under_way_;
                       results_.push_back(std::move(result));
                   });
}

std::vector<attempt_result> sender_test::finish() {
    context.restart();
    while (under_way_ > 0)
        context.run_one();
    return std::exchange(results_, {});
}

}  // namespace postrider::delivery
