#include "front_door.h"

#include <postrider/log/log.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

namespace postrider::daemon {

bool is_allowed(const std::vector<cidr>& ranges, const ip_address& peer) noexcept {
    return ranges.empty() ||
           std::ranges::any_of(ranges, [&](const cidr& range) { return range.contains(peer); });
}

/// What the door shares with the connections that came in by it, which end on the shards' threads.
struct front_door::room {
    room(std::string_view listener, metrics::registry& counts, const time_source& clock)
        : name(listener), metrics(counts), time(clock) {}

    void report(const ip_address& peer, std::string_view reason) {
        metrics.count_refused_connection(name, reason);
        if (!allow_line()) return;
        log::warning("connection refused",
                     {{"listener", name}, {"peer", peer.to_string()}, {"reason", reason}});
    }

    /// One line a second: whoever knocks a thousand times must not fill the log. The metric has all of them.
    bool allow_line() noexcept {
        using std::chrono::duration_cast;
        const auto now = duration_cast<milliseconds>(time.monotonic_now().time_since_epoch()).count();
        auto last = last_line_at.load(std::memory_order_relaxed);
        return now - last >= 1000 && last_line_at.compare_exchange_strong(last, now);
    }

    const std::string name;
    metrics::registry& metrics;
    const time_source& time;
    limit::connection_count count;
    std::atomic<std::int64_t> last_line_at = -1000;
};

class front_door::admitted final : public http::visitor {
 public:
    admitted(std::shared_ptr<room> in, const ip_address& peer) : room_(std::move(in)), peer_(peer) {}
    ~admitted() override { room_->count.release(peer_); }
    admitted(const admitted&) = delete;
    admitted& operator=(const admitted&) = delete;

    void on_handshake_fault(net::handshake_fault why, bool timed_out) noexcept override {
        if (timed_out) return room_->report(peer_, "tls_timeout");
        if (why == net::handshake_fault::client_certificate)
            return room_->report(peer_, "client_certificate");
        // Who says nothing is a health check that only connects.
        if (why == net::handshake_fault::protocol) room_->report(peer_, "tls_handshake");
    }

 private:
    std::shared_ptr<room> room_;
    ip_address peer_;
};

front_door::front_door(std::string_view name, metrics::registry& metrics, const time_source& time)
    : room_(std::make_shared<room>(name, metrics, time)) {}
front_door::~front_door() = default;

void front_door::set_rules(const config::listener_settings& listener, const config::limit_settings& limits) {
    allow_cidrs_ = listener.allow_cidrs;
    limits_.all = limits.max_connections;
    limits_.of_peer = limits.max_connections_per_peer;
    tls_ = listener.tls.has_value();
}

std::shared_ptr<http::visitor> front_door::admit(int descriptor, const ip_address& peer) {
    // Not a byte, not even of TLS: for who is not on the list nothing is here.
    if (!is_allowed(allow_cidrs_, peer)) {
        ::close(descriptor);
        room_->report(peer, "not_allowed");
        return nullptr;
    }
    const auto verdict = room_->count.admit(peer, limits_);
    if (verdict == limit::connection_count::verdict::admitted) return std::make_shared<admitted>(room_, peer);
    const bool in_all = verdict == limit::connection_count::verdict::too_many;
    room_->report(peer, in_all ? "too_many" : "too_many_of_peer");
    // Under TLS an answer would need the handshake that must be saved.
    if (tls_)
        ::close(descriptor);
    else
        http::refuse_connection(descriptor, in_all ? "this listener has as many connections as it may"
                                                   : "this peer has as many connections as it may");
    return nullptr;
}

}  // namespace postrider::daemon
