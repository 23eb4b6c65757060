#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <daemon/announcing_resolver.h>
#include <daemon/store_addresses.h>
#include <gtest/gtest.h>

namespace postrider::daemon {
namespace {

redis::location at(const std::string& host, std::uint16_t port) {
    redis::location where;
    where.host = host;
    where.port = port;
    return where;
}

ip_address address(std::string_view text) {
    return *ip_address::parse(text);
}

TEST(store_addresses, are_literals_at_once_and_names_when_they_are_resolved) {
    store_addresses known;
    EXPECT_TRUE(known.add(at("10.0.0.9", 6379)));
    EXPECT_FALSE(known.add(at("10.0.0.9", 6379)));
    EXPECT_FALSE(known.add(at("redis.corp", 6380)));
    EXPECT_FALSE(known.add(at("redis.corp", 6381)));
    EXPECT_EQ(known.all().size(), 1U);
    EXPECT_FALSE(known.add_resolved("other.corp", {address("10.0.0.1")})) << "a name of somebody else's";
    EXPECT_TRUE(known.add_resolved("redis.corp", {address("10.0.0.1"), address("fd00::1")}));
    EXPECT_FALSE(known.add_resolved("redis.corp", {address("10.0.0.1")}));
    EXPECT_EQ(known.all().size(), 5U) << "two addresses at two ports";
}

TEST(store_addresses, a_unix_socket_has_none) {
    store_addresses known;
    redis::location where;
    where.kind = redis::location::transport::unix_socket;
    where.path = "/run/redis.sock";
    EXPECT_FALSE(known.add(where));
    EXPECT_TRUE(known.all().empty());
}

TEST(store_addresses, are_bounded) {
    store_addresses known;
    for (std::size_t n = 0; n < store_addresses::most + 10; ++n)
        EXPECT_TRUE(known.add(at("10.0." + std::to_string(n / 250) + '.' + std::to_string(n % 250), 6379)));
    EXPECT_EQ(known.all().size(), store_addresses::most);
    EXPECT_EQ(known.all().back().address, address("10.0.16.105"));
}

class fixed_resolver final : public net::resolver {
 public:
    [[nodiscard]] boost::asio::awaitable<net::addresses_or_reason> resolve(std::string name) override {
        if (name == "redis.corp") co_return std::vector<ip_address>{address("10.0.0.1")};
        co_return unexpected<net::resolve_error>(
            net::resolve_error(net::resolve_error::cause::no_address, "none"));
    }
};

boost::asio::awaitable<void> ask(net::resolver* resolver, std::string name, std::vector<std::string>* order) {
    const auto found = co_await resolver->resolve(std::move(name));
    order->push_back(found ? "used" : "missing");
}

TEST(announcing_resolver, tells_before_a_name_is_used) {
    boost::asio::io_context context;
    fixed_resolver asked;
    std::vector<std::string> order;
    announcing_resolver tested(asked, [&](const std::string& name, const std::vector<ip_address>& addresses) {
        order.push_back(name + ' ' + addresses.at(0).to_string());
    });
    for (const char* name : {"redis.corp", "missing.corp"})
        boost::asio::co_spawn(context, ask(&tested, name, &order), boost::asio::detached);
    context.run();
    EXPECT_EQ(order, (std::vector<std::string>{"redis.corp 10.0.0.1", "used", "missing"}));
}

}  // namespace
}  // namespace postrider::daemon
