#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/redis/url.h>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace postrider::redis {

/// Knows where one client's server is now; asked before each attempt to connect. Lives on the client's
/// executor, longer than its coroutines. One question at a time.
class locator {
 public:
    virtual ~locator() = default;

    /// Where to connect, and as whom; or why nobody knows, for people and free of secrets. Ends within bounds
    /// of its own.
    [[nodiscard]] virtual boost::asio::awaitable<expected<location, std::string>> locate() = 0;
    /// Asked now and then while connected, where `recheck_every` says so: whether the server that was located
    /// last is still the one. True also where nobody can tell.
    [[nodiscard]] virtual boost::asio::awaitable<bool> still_there() = 0;
    /// Zero: never.
    [[nodiscard]] virtual milliseconds recheck_every() const noexcept = 0;
    /// Ends the question under way as soon as the step it is in can be cut.
    virtual void cancel() noexcept = 0;
    /// The server that was located last answered with this error: it is not, or not able to be, the one.
    virtual void note_moved(std::string_view error) = 0;
    /// The server that was located last could not be reached, was not a master, or was lost.
    virtual void note_unreachable() = 0;

    /// Whether the server must say of itself that it is a master before it is used.
    [[nodiscard]] virtual bool wants_master() const noexcept = 0;
    /// Whether the server may stop to be the one while connected, and says so by an error reply.
    [[nodiscard]] virtual bool may_move() const noexcept = 0;
};

/// Always the same address.
[[nodiscard]] std::unique_ptr<locator> make_fixed_locator(location where);

}  // namespace postrider::redis
