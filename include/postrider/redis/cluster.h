#pragma once

#include <postrider/base/clock.h>
#include <postrider/net/resolver.h>
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

struct cluster_settings {
    std::vector<location> seeds;      ///< any nodes, and as whom to connect to every node; at least one
    milliseconds ask_timeout{500};    ///< for one node: name, TCP, TLS, AUTH and CLUSTER SLOTS
    milliseconds refresh_pause{100};  ///< from the end of one refresh to the begin of the next
    /// On the executor, of each master and replica that was told.
    std::function<void(const location& node)> found;
};

/// Which master serves each of the 16,384 slots of a Redis Cluster, as the nodes last told. Shared by all
/// clients of one executor: what one learns of a failover all know. Not thread-safe.
class cluster_map {
 public:
    static constexpr std::uint16_t slots = 16384;

    cluster_map(const boost::asio::any_io_executor& executor, net::resolver& resolver,
                cluster_settings settings, const time_source& time);
    ~cluster_map();  ///< no `locate` is under way
    cluster_map(const cluster_map&) = delete;
    cluster_map& operator=(const cluster_map&) = delete;

    /// The master of the slot. Asks the nodes first when somebody was turned away or the slot is unknown, but
    /// not sooner than the pause allows: until then what is known is given. Whoever comes while they are
    /// asked waits for the same answer. `cut` outlives the call; when it is true the caller has no patience
    /// left.
    [[nodiscard]] boost::asio::awaitable<expected<location, std::string>> locate(std::uint16_t slot,
                                                                                 const bool* cut);
    /// Ends the `locate` that was begun with this `cut`, which is true already.
    void cancel(const bool* cut) noexcept;

    /// `MOVED slot host:port` is believed at once for its slot; after this and any other error the nodes are
    /// asked.
    void note_moved(std::uint16_t slot, std::string_view error);
    void note_unreachable() noexcept;

    /// Every master that serves a slot, as far as known.
    [[nodiscard]] std::vector<location> masters() const;
    /// How often the nodes were asked; one time may be several questions.
    [[nodiscard]] std::uint64_t refreshes() const noexcept;

 private:
    struct state;
    std::unique_ptr<state> state_;
};

/// For a client that works on keys of one slot only.
[[nodiscard]] std::unique_ptr<locator> make_slot_locator(std::shared_ptr<cluster_map> map,
                                                         std::uint16_t slot);

}  // namespace postrider::redis
