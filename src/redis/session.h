#pragma once

#include "pipeline.h"

#include <postrider/base/clock.h>
#include <postrider/net/transport.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/awaitable.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::redis {

/// One connection from its first byte to its last: reads, writes and watches for silence. Lives on one
/// executor.
class session : public std::enable_shared_from_this<session> {
 public:
    session(boost::asio::any_io_executor executor, std::unique_ptr<net::transport> stream,
            std::size_t max_reply_bytes, const time_source& time);

    struct answers {
        std::vector<reply> replies;  ///< in the order of the commands
        std::string failure;         ///< why some are missing; empty when none is
    };
    /// Sends the commands at once and waits for the replies. Before `run` only.
    [[nodiscard]] boost::asio::awaitable<answers> exchange(std::vector<command> commands);
    /// Works until the connection ends; gives why. All coroutines of the session ended then, but calls may be
    /// left: `fail_all`.
    [[nodiscard]] boost::asio::awaitable<std::string> run(milliseconds reply_timeout);

    /// Before `run`: an error reply that says that this server is not the one any more ends the session, once
    /// the calls written before it came have their own replies. Nothing is sent meanwhile.
    void end_when_moved() noexcept { ends_when_moved_ = true; }
    /// Such an error reply, whether it ends the session or not; empty when there was none.
    [[nodiscard]] const std::string& moved() const noexcept { return moved_; }

    /// Nothing is sent any more; it ends once what it owes is answered.
    [[nodiscard]] bool is_leaving() const noexcept { return ends_when_moved_ && !moved_.empty(); }

    /// Before `run`: gets the messages of subscribed channels.
    void on_message(std::function<void(std::string_view payload)> callback) {
        calls_.on_message(std::move(callback));
    }

    /// False: too much is waiting already, or the server is not the one any more; `call` is untouched.
    [[nodiscard]] bool enqueue(const command& command, pending_call_ptr& call);
    void close() noexcept;
    /// As if an error reply had said so: what is written gets its replies first.
    void leave(std::string reason);
    void fail_all();
    [[nodiscard]] milliseconds silent_for() const noexcept {
        return calls_.silent_for(time_.monotonic_now());
    }

 private:
    boost::asio::awaitable<std::string> read_all();
    void look_for_moved(const std::vector<pipeline::completed_call>& completed);
    boost::asio::awaitable<void> write_all();
    boost::asio::awaitable<void> watch(milliseconds reply_timeout);
    void begin(std::string_view name, boost::asio::awaitable<void> work);
    void write_at_once();
    void end_with(std::string reason) noexcept;

    const boost::asio::any_io_executor executor_;
    const std::unique_ptr<net::transport> stream_;
    const time_source& time_;
    pipeline calls_;
    bool open_ = true;
    bool writer_waits_ = false;
    std::string unsent_;  // taken from calls_, and not written yet
    bool ends_when_moved_ = false;
    std::string moved_;
    int running_ = 0;         // coroutines beside `run`
    std::string end_reason_;  // the first one
    runtime::signal output_;  // there is something to write, or it is over
    runtime::signal ended_;   // it is over, or one of the coroutines is
    std::array<char, 32 * 1024> incoming_;
};

}  // namespace postrider::redis
