#pragma once

#include <postrider/base/expected.h>
#include <postrider/event/address.h>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace postrider::net {

/// Accepts TCP connections and hands each descriptor to a callback, which decides the shard. When descriptors
/// run out it says so, and pauses briefly instead of spinning. Made, stopped and destroyed on its executor
/// (or while that does not run).
class listener {
 public:
    using on_accept = std::function<void(int descriptor, ip_address peer)>;
    using on_shortage = std::function<void()>;

    /// Binds and listens (SO_REUSEADDR, never SO_REUSEPORT: a second daemon on the port must fail).
    /// The error names address and reason.
    [[nodiscard]] static expected<std::unique_ptr<listener>, std::string> open(
        const boost::asio::any_io_executor& executor, const std::string& host, std::uint16_t port);

    virtual ~listener() = default;
    /// `shortage` is called before each pause.
    virtual void start(
        on_accept callback, on_shortage shortage = [] {}) = 0;
    /// No connection is accepted any more; the port is free again.
    virtual void close() noexcept = 0;
    [[nodiscard]] virtual ip_address address() const = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;  ///< the real one, also when 0 was asked for
};

}  // namespace postrider::net
