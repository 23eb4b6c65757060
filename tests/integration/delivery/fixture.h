#pragma once

#include <postrider/delivery/sender.h>
#include <postrider/event/endpoint.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <support/net/certificate.h>
#include <support/net/receiver.h>
#include <support/net/temporary_directory.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postrider::delivery {

/// The clocks of the machine, ahead by as much as a test wants.
class shifted_time final : public time_source {
 public:
    milliseconds ahead{0};
    [[nodiscard]] wall_time wall_now() const noexcept override { return system_time().wall_now() + ahead; }
    [[nodiscard]] monotonic_time monotonic_now() const noexcept override {
        return system_time().monotonic_now() + ahead;
    }
    [[nodiscard]] boot_clock::time_point boot_now() const noexcept override {
        return system_time().boot_now() + ahead;
    }
};

/// Names as a test gives them. Silent ones are answered when the resolver ends.
class scripted_resolver final : public net::resolver {
 public:
    explicit scripted_resolver(boost::asio::io_context& context) : context_(context) {}
    std::map<std::string, std::vector<std::string>> names;
    std::vector<std::string> asked;
    std::string silent;
    net::resolve_error unknown{net::resolve_error::cause::no_address, "no such name (NXDOMAIN)"};

    [[nodiscard]] boost::asio::awaitable<net::addresses_or_reason> resolve(std::string name) override;

 private:
    boost::asio::io_context& context_;
};

/// A sender, and receivers to send to.
class sender_test : public testing::Test {
 protected:
    sender_test() = default;
    ~sender_test() override;

    /// Plain HTTP to a port of loopback, allowed, with deadlines that no test that succeeds meets.
    static std::shared_ptr<endpoint> plain(std::uint16_t port);
    /// HTTPS, trusting `authority`.
    std::shared_ptr<endpoint> secure(std::uint16_t port);
    test::tls_server tls_server(const test::certificate_request& request = {}) const;

    sender& make(sender::settings settings = {}, egress_rules rules = {});
    attempt_result attempt(const endpoint_ptr& to, std::uint32_t number = 1, event_ptr what = nullptr);
    /// Starts attempts that go on beside what the test does; `finish` waits for all of them.
    void start(const endpoint_ptr& to);
    std::vector<attempt_result> finish();
    static event_ptr make_event(std::string body);

    boost::asio::io_context context;
    test::certificate_authority authority;
    test::temporary_directory directory;
    shifted_time time;
    scripted_resolver names{context};
    std::unique_ptr<sender> tested;

 private:
    std::size_t under_way_ = 0;
    std::vector<attempt_result> results_;
};

}  // namespace postrider::delivery
