#pragma once

#include <postrider/base/clock.h>
#include <postrider/net/resolver.h>
#include <postrider/redis/call_result.h>
#include <postrider/redis/command.h>
#include <postrider/redis/locator.h>
#include <postrider/redis/url.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::redis {

struct client_settings {
    location where;                      ///< not looked at by a client with a locator
    std::string name = "postrider";      ///< CLIENT SETNAME
    milliseconds connect_timeout{2000};  ///< name, TCP, TLS, AUTH, SELECT and the preamble
    milliseconds reply_timeout{5000};    ///< bytes are owed and none arrive: the connection is given up
    milliseconds first_backoff{20};      ///< between tries to connect, doubled up to max_backoff
    milliseconds max_backoff{1000};
    std::size_t max_reply_bytes = 64 * 1024 * 1024;  ///< since the last whole reply
};

/// One pipelined connection that reconnects by itself. Every call made in one turn of the executor goes out
/// in one write; replies are matched in order; a call whose caller went away keeps its place. Not
/// thread-safe: lives on its executor.
///
/// With a locator whose server may move, an error reply MOVED, READONLY, MASTERDOWN or CLUSTERDOWN is given
/// to its caller like any other, and then ends the connection: the locator is asked again. With a fixed
/// address that takes up to two seconds: the name, the virtual address or the proxy may lead to the new
/// master by now, and a client that stayed would hang on to the former one for ever. ASK and TRYAGAIN are
/// given to the caller and change nothing (docs/decisions/0015-moving-slots.md).
class client {
 public:
    /// `preamble` runs on each new connection before anything else (SCRIPT LOAD); an error reply to one of
    /// its commands fails the connection attempt, as do AUTH and SELECT. Connects to `settings.where`.
    client(const boost::asio::any_io_executor& executor, net::resolver& resolver, client_settings settings,
           std::vector<command> preamble, const time_source& time);
    /// Connects to wherever `finder` says.
    client(const boost::asio::any_io_executor& executor, net::resolver& resolver,
           std::unique_ptr<locator> finder, client_settings settings, std::vector<command> preamble,
           const time_source& time);
    ~client();  ///< after `stop`
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Begins to connect, again and again until `stop`.
    void start();
    /// Fails what is pending, closes, and waits for its own coroutines.
    [[nodiscard]] boost::asio::awaitable<void> stop();

    /// Sends on the present connection and gives its reply, which may be a Redis error. Never waits for a
    /// connection.
    [[nodiscard]] boost::asio::awaitable<call_result> call(command command);
    /// As above, but only on the connection of this generation; another one answers `not_sent`.
    [[nodiscard]] boost::asio::awaitable<call_result> call(command command, std::uint64_t generation);
    /// Without a coroutine: `done` runs on the executor, never before this returns.
    void call(command command, std::uint64_t generation, std::function<void(call_result)> done);

    [[nodiscard]] bool connected() const noexcept;
    /// Counts the connections made; 0 before the first.
    [[nodiscard]] std::uint64_t generation() const noexcept;
    /// Waits until connected with a generation above this one, or stopped (gives false).
    [[nodiscard]] boost::asio::awaitable<bool> wait_connected(std::uint64_t above_generation = 0);
    /// While the first attempt to connect is under way: waits until it ended, well or not.
    [[nodiscard]] boost::asio::awaitable<void> wait_first_attempt();
    /// Gives up the present connection, once what it owes is answered, and asks the locator again.
    void leave(std::string reason);
    /// Runs on the executor whenever a connection was made (true) or lost (false).
    void on_change(std::function<void(bool connected)> callback);
    /// The server of the present or latest attempt to connect; before the first, `settings.where`.
    [[nodiscard]] const location& where() const noexcept;
    /// Of a connection that subscribes to channels: runs on the executor for each message. Set before
    /// `start`; SUBSCRIBE itself is a call, and everything but PING is refused by Redis after it.
    void on_message(std::function<void(std::string_view payload)> callback);
    /// The last failure to connect, for people; empty while connected. No password in it.
    [[nodiscard]] const std::string& last_error() const noexcept;
    /// How long bytes have been owed without one arriving; zero when nothing is owed.
    [[nodiscard]] milliseconds silent_for() const noexcept;

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::redis
