#pragma once

#include "session.h"

#include <postrider/net/resolver.h>
#include <postrider/net/tls_context.h>
#include <postrider/net/transport.h>
#include <postrider/redis/client.h>

#include <functional>

namespace postrider::redis {

/// Makes connections that are ready for calls: name, TCP, TLS, AUTH, SELECT, CLIENT SETNAME and preamble,
/// all under one deadline. Lives on one executor; one attempt at a time.
class connector {
 public:
    connector(boost::asio::any_io_executor executor, net::resolver& resolver, const client_settings& settings,
              std::vector<command> preamble, const time_source& time);

    /// The error is for people and free of secrets.
    using result = expected<std::shared_ptr<session>, std::string>;
    [[nodiscard]] boost::asio::awaitable<result> connect();
    /// Ends the attempt under way as soon as the step it is in can be cut; a DNS question ends by itself.
    void cancel();

 private:
    using stream_result = expected<std::unique_ptr<net::transport>, std::string>;
    boost::asio::awaitable<stream_result> open_stream();
    boost::asio::awaitable<stream_result> open_network();
    boost::asio::awaitable<stream_result> open_address(ip_address address);
    boost::asio::awaitable<net::connect_result> dial(ip_address address, net::connect_handle& handle);
    boost::asio::awaitable<std::string> greet(std::shared_ptr<session> fresh);
    [[nodiscard]] std::string refusal_text(std::string_view name, std::string_view answer) const;
    [[nodiscard]] std::string load_tls();
    void cut();

    const boost::asio::any_io_executor executor_;
    net::resolver& resolver_;
    const client_settings& settings_;
    const std::vector<command> preamble_;
    const time_source& time_;
    std::shared_ptr<net::tls_context> tls_;
    bool cut_ = false;
    std::function<void()> cut_step_;  // of the present step
    std::size_t attempts_ = 0;
};

}  // namespace postrider::redis
