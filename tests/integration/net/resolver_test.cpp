#include <postrider/net/resolver.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <support/net/name_server.h>
#include <support/net/run.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
using kind = test::dns_answer::kind;
using result = addresses_or_reason;
using cause = resolve_error::cause;

/// A clock that stands still until it is told to move on.
class hand_clock final : public time_source {
 public:
    monotonic_time now = std::chrono::steady_clock::now();
    [[nodiscard]] wall_time wall_now() const noexcept override { return {}; }
    [[nodiscard]] monotonic_time monotonic_now() const noexcept override { return now; }
    [[nodiscard]] boot_clock::time_point boot_now() const noexcept override { return {}; }
};

test::dns_answer addresses(std::vector<std::string> texts, std::uint32_t ttl = 60) {
    return {kind::addresses, std::move(texts), ttl};
}

test::dns_answer failure(kind what) {
    return {what, {}, 0};
}

struct resolver_test : testing::Test {
    asio::io_context context;
    hand_clock clock;
    resolver_settings settings;

    resolver_test() {
        // Long enough to make no difference, but to the tests that are about them.
        settings.query_timeout = std::chrono::seconds(10);
        settings.other_family_wait = std::chrono::seconds(10);
    }

    std::unique_ptr<resolver> make(const test::name_server& server) {
        settings.servers = {server.address()};
        return make_resolver(context.get_executor(), settings, clock);
    }
    result ask(resolver& resolver, const std::string& name) {
        return test::run(context, resolver.resolve(name));
    }
    static std::vector<ip_address> parsed(const std::vector<std::string>& texts) {
        std::vector<ip_address> all;
        for (const std::string& text : texts)
            all.push_back(*ip_address::parse(text));
        return all;
    }
};

asio::awaitable<void> keep_result(resolver& from, std::string name, std::vector<result>& results) {
    results.push_back(co_await from.resolve(std::move(name)));
}

TEST_F(resolver_test, gives_both_families_in_turns) {
    test::name_server server([](const test::dns_question& question) {
        return question.type == 1 ? addresses({"192.0.2.1", "192.0.2.2"}) : addresses({"2001:db8::1"});
    });
    const auto tested = make(server);
    const auto found = ask(*tested, "two.example.com");
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(*found, parsed({"192.0.2.1", "2001:db8::1", "192.0.2.2"}));
}

TEST_F(resolver_test, asks_for_exactly_the_name_and_no_search_domain) {
    test::name_server server([](const test::dns_question&) { return failure(kind::nxdomain); });
    const auto tested = make(server);
    const auto found = ask(*tested, "receiver");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().detail, "receiver: no such name (NXDOMAIN)");
    EXPECT_EQ(found.error().what, cause::no_address);
    for (const std::string& question : server.questions())
        EXPECT_TRUE(question == "receiver A" || question == "receiver AAAA") << question;
}

TEST_F(resolver_test, one_family_is_enough) {
    test::name_server server([](const test::dns_question& question) {
        return question.type == 1 ? addresses({}) : addresses({"2001:db8::1"});
    });
    const auto tested = make(server);
    const auto found = ask(*tested, "six.example.com");
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(*found, parsed({"2001:db8::1"}));
}

TEST_F(resolver_test, a_family_that_is_never_answered_is_not_waited_for) {
    settings.other_family_wait = milliseconds(20);
    settings.query_timeout = std::chrono::hours(1);
    test::name_server server([](const test::dns_question& question) {
        return question.type == 1 ? addresses({"192.0.2.1"}) : failure(kind::silence);
    });
    const auto tested = make(server);
    const auto found = ask(*tested, "silent-six.example.com");
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(*found, parsed({"192.0.2.1"}));
}

TEST_F(resolver_test, failures_say_what_they_are) {
    test::name_server server([](const test::dns_question& question) {
        return question.name == "fails.example.com" ? failure(kind::servfail) : addresses({});
    });
    const auto tested = make(server);
    const auto failed = ask(*tested, "fails.example.com");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().detail,
              "fails.example.com: the name servers failed (SERVFAIL), refused, or are unreachable");
    EXPECT_EQ(failed.error().what, cause::name_servers);
    const auto empty = ask(*tested, "empty.example.com");
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().detail, "empty.example.com: the name has no address");
    EXPECT_EQ(empty.error().what, cause::no_address);
}

TEST_F(resolver_test, silence_ends_by_the_resolvers_own_time) {
    settings.query_timeout = milliseconds(50);
    test::name_server server([](const test::dns_question&) { return failure(kind::silence); });
    const auto tested = make(server);
    const auto found = ask(*tested, "silent.example.com");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().detail, "silent.example.com: no answer from the name servers");
    EXPECT_EQ(found.error().what, cause::name_servers);
}

TEST_F(resolver_test, keeps_answers_for_their_ttl) {
    test::name_server server([](const test::dns_question& question) {
        return question.type == 1 ? addresses({"192.0.2.1"}, 30) : addresses({});
    });
    const auto tested = make(server);
    ASSERT_TRUE(ask(*tested, "kept.example.com"));
    clock.now += std::chrono::seconds(29);
    ASSERT_TRUE(ask(*tested, "kept.example.com"));
    EXPECT_EQ(server.questions().size(), 2U);
    clock.now += std::chrono::seconds(1);
    ASSERT_TRUE(ask(*tested, "kept.example.com"));
    EXPECT_EQ(server.questions().size(), 4U);
}

TEST_F(resolver_test, cuts_long_ttls_and_lengthens_none_to_a_second) {
    settings.max_ttl = milliseconds(10000);
    test::name_server server([](const test::dns_question& question) {
        if (question.type != 1) return addresses({});
        return addresses({"192.0.2.1"}, question.name == "long.example.com" ? 86400 : 0);
    });
    const auto tested = make(server);
    ASSERT_TRUE(ask(*tested, "long.example.com"));
    ASSERT_TRUE(ask(*tested, "none.example.com"));
    clock.now += milliseconds(999);
    ASSERT_TRUE(ask(*tested, "none.example.com"));
    EXPECT_EQ(server.questions().size(), 4U);
    clock.now += milliseconds(1);
    ASSERT_TRUE(ask(*tested, "none.example.com"));
    EXPECT_EQ(server.questions().size(), 6U);
    clock.now += milliseconds(9000);
    ASSERT_TRUE(ask(*tested, "long.example.com"));
    EXPECT_EQ(server.questions().size(), 8U);
}

TEST_F(resolver_test, remembers_failures_for_a_moment) {
    test::name_server server([](const test::dns_question&) { return failure(kind::nxdomain); });
    const auto tested = make(server);
    EXPECT_FALSE(ask(*tested, "dead.example.com"));
    EXPECT_FALSE(ask(*tested, "dead.example.com"));
    EXPECT_EQ(server.questions().size(), 2U);
    clock.now += settings.failure_ttl;
    EXPECT_FALSE(ask(*tested, "dead.example.com"));
    EXPECT_EQ(server.questions().size(), 4U);
}

TEST_F(resolver_test, the_cache_is_bounded) {
    settings.max_cached = 2;
    test::name_server server([](const test::dns_question& question) {
        return question.type == 1 ? addresses({"192.0.2.1"}) : addresses({});
    });
    const auto tested = make(server);
    for (const char* name : {"a.example.com", "b.example.com", "c.example.com", "a.example.com"})
        ASSERT_TRUE(ask(*tested, name));
    EXPECT_EQ(server.questions().size(), 8U);
    ASSERT_TRUE(ask(*tested, "c.example.com"));
    EXPECT_EQ(server.questions().size(), 8U);
}

TEST_F(resolver_test, simultaneous_questions_share_one_query) {
    test::name_server server([](const test::dns_question& question) {
        return question.type == 1 ? addresses({"192.0.2.1"}) : addresses({});
    });
    const auto tested = make(server);
    std::vector<result> results;
    for (int i = 0; i < 50; ++i)
        asio::co_spawn(context, keep_result(*tested, "shared.example.com", results), asio::detached);
    while (results.size() < 50)
        context.run_one();
    for (const auto& found : results)
        EXPECT_EQ(*found, parsed({"192.0.2.1"}));
    EXPECT_EQ(server.questions().size(), 2U);
}

TEST_F(resolver_test, a_thousand_silent_names_delay_no_other) {
    settings.query_timeout = std::chrono::hours(1);
    test::name_server server([](const test::dns_question& question) {
        if (question.name.starts_with("dead")) return failure(kind::silence);
        return question.type == 1 ? addresses({"192.0.2.1"}) : addresses({});
    });
    auto tested = make(server);
    std::vector<result> dead;
    for (int i = 0; i < 1000; ++i)
        asio::co_spawn(context, keep_result(*tested, "dead" + std::to_string(i) + ".example.com", dead),
                       asio::detached);
    for (int i = 0; i < 20; ++i) {
        const auto found = ask(*tested, "alive" + std::to_string(i) + ".example.com");
        ASSERT_TRUE(found) << found.error().detail;
    }
    EXPECT_TRUE(dead.empty());
    tested.reset();
    while (dead.size() < 1000)
        context.run_one();
    EXPECT_TRUE(std::all_of(dead.begin(), dead.end(), [](const result& one) {
        return !one.has_value() && one.error().what == cause::name_servers;
    })) << "what was ended says nothing about the name";
}

TEST_F(resolver_test, localhost_is_loopback_without_a_question) {
    test::name_server server([](const test::dns_question&) { return failure(kind::nxdomain); });
    const auto tested = make(server);
    for (const char* name : {"localhost", "shop.localhost"})
        EXPECT_EQ(*ask(*tested, name), parsed({"127.0.0.1", "::1"}));
    EXPECT_TRUE(server.questions().empty());
}

/// A name of the machine's hosts file, and its address.
std::optional<std::pair<std::string, ip_address>> name_in_hosts_file() {
    std::ifstream hosts("/etc/hosts");
    for (std::string line; std::getline(hosts, line);) {
        std::istringstream words(line);
        std::string address;
        std::string name;
        words >> address >> name;
        const auto parsed = ip_address::parse(address);
        if (parsed && !parsed->v6 && name.find("localhost") == std::string::npos && !name.empty())
            return std::pair(name, *parsed);
    }
    return std::nullopt;
}

TEST_F(resolver_test, knows_the_hosts_file) {
    const auto known = name_in_hosts_file();
    if (!known) GTEST_SKIP() << "/etc/hosts has no name but localhost";
    test::name_server server([](const test::dns_question&) { return failure(kind::nxdomain); });
    const auto tested = make(server);
    const auto found = ask(*tested, known->first);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_NE(std::find(found->begin(), found->end(), known->second), found->end());
}

TEST_F(resolver_test, a_bad_server_setting_fails_every_question) {
    settings.servers = {"not a server"};
    const auto tested = make_resolver(context.get_executor(), settings, clock);
    const auto found = ask(*tested, "a.example.com");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, cause::name_servers);
}

TEST_F(resolver_test, a_name_that_is_none_is_not_the_servers_fault) {
    test::name_server server([](const test::dns_question&) { return failure(kind::servfail); });
    const auto tested = make(server);
    for (const std::string& name : {std::string("a..example.com"), std::string(64, 'a') + ".example.com"}) {
        const auto found = ask(*tested, name);
        ASSERT_FALSE(found) << name;
        EXPECT_EQ(found.error().what, cause::no_address) << name << found.error().detail;
    }
}

}  // namespace
}  // namespace postrider::net
