#pragma once

#include <postrider/event/address.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace postrider::limit {

/// How many connections a listener has, in all and from each peer. A peer is an IPv4 address, or the /64 of
/// an IPv6 one: who has one address of a /64 has them all. Bounded by itself: a peer is known only while it
/// has a connection. Thread-safe; asked once for a connection, never for a request.
class connection_count {
 public:
    struct limits {
        std::size_t all = 10000;
        std::size_t of_peer = 1000;
    };
    enum class verdict : std::uint8_t { admitted, too_many, too_many_of_peer };

    /// Counts the connection when it is admitted: then it has to be released.
    [[nodiscard]] verdict admit(const ip_address& peer, const limits& limits);
    void release(const ip_address& peer) noexcept;
    [[nodiscard]] std::size_t all() const;

 private:
    mutable std::mutex mutex_;
    std::size_t all_ = 0;
    std::map<ip_address, std::size_t> by_peer_;
};

}  // namespace postrider::limit
