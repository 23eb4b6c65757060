#pragma once

#include "greeting.h"
#include "session.h"

#include <postrider/net/resolver.h>
#include <postrider/net/tls_context.h>
#include <postrider/net/transport.h>

#include <functional>

namespace postrider::redis {

/// Makes connections that were greeted: name, TCP, TLS and the greeting's commands, all under one deadline.
/// Lives on one executor; one attempt at a time.
class connector {
 public:
    connector(boost::asio::any_io_executor executor, net::resolver& resolver, std::size_t max_reply_bytes,
              const time_source& time);

    /// The errors are for people and free of secrets.
    using result = expected<std::shared_ptr<session>, std::string>;
    [[nodiscard]] boost::asio::awaitable<result> connect(location where, greeting words, milliseconds within);
    /// Asks one question on a connection of its own. An error reply is an error; `name` says of what, a
    /// literal.
    [[nodiscard]] boost::asio::awaitable<expected<reply, std::string>> ask(location where, const char* name,
                                                                           command question,
                                                                           milliseconds within);
    /// Ends the attempt under way as soon as the step it is in can be cut; a DNS question ends by itself.
    void cancel() noexcept;

 private:
    using stream_result = expected<std::unique_ptr<net::transport>, std::string>;
    struct greeted {
        std::shared_ptr<session> made;
        std::vector<reply> replies;
    };
    using greeted_result = expected<greeted, std::string>;
    boost::asio::awaitable<greeted_result> open(location where, greeting words, milliseconds within);
    boost::asio::awaitable<stream_result> open_stream(const location& where);
    boost::asio::awaitable<stream_result> open_network(const location& where);
    boost::asio::awaitable<stream_result> open_address(ip_address address, const location& where);
    boost::asio::awaitable<net::connect_result> dial(ip_address address, const location& where,
                                                     net::connect_handle& handle);
    [[nodiscard]] std::string load_tls(const location& where);
    void cut();

    const boost::asio::any_io_executor executor_;
    net::resolver& resolver_;
    const std::size_t max_reply_bytes_;
    const time_source& time_;
    std::shared_ptr<net::tls_context> tls_;
    std::string tls_authorities_;  // the file that `tls_` was made with
    bool cut_ = false;
    std::function<void()> cut_step_;  // of the present step
    std::size_t attempts_ = 0;
};

}  // namespace postrider::redis
