#pragma once

#include "store_verdict.h"

#include <postrider/queue/durability.h>
#include <postrider/queue/keys.h>
#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace postrider::daemon {

/// Looks at the server behind one connection: whether it is writable, as durable as configured, and the one
/// that it was, and whether the description that lies there is ours. Its settings are read on each new
/// connection, when the server or the number of its replicas is another one, and at every tenth look. Lives
/// on the client's executor.
class place_watch {
 public:
    struct duties {
        bool describes = false;                 ///< the store's description lies here
        bool is_one_of_many = false;            ///< faults say which server they are of
        std::optional<queue::store_mark> mark;  ///< by which the server is known again
    };
    place_watch(redis::client& client, const queue::keys& keys, queue::durability_wish wish, duties duties)
        : client_(client), keys_(keys), wish_(std::move(wish)), duties_(std::move(duties)) {}

    /// One at a time. `whole`: not the description alone. Nothing: the connection was lost meanwhile, what it
    /// seemed to say means nothing.
    [[nodiscard]] boost::asio::awaitable<std::optional<store_verdict>> look(bool whole);

    [[nodiscard]] redis::client& client() const noexcept { return client_; }
    [[nodiscard]] bool describes() const noexcept { return duties_.describes; }

 private:
    [[nodiscard]] boost::asio::awaitable<void> look_at_server(store_verdict& found);
    [[nodiscard]] boost::asio::awaitable<void> check_description(store_verdict& found);
    [[nodiscard]] boost::asio::awaitable<void> judge(store_verdict& found, const queue::server_info& info);
    [[nodiscard]] bool must_read_settings(const queue::server_info& info) const;
    void note_mark(queue::store_mark::finding found);
    void name_server(store_verdict& found) const;

    redis::client& client_;
    const queue::keys& keys_;
    queue::durability_wish wish_;
    duties duties_;
    std::uint64_t looked_at_ = 0;  ///< generation
    std::string run_id_;           ///< of the server whose settings were read
    std::uint32_t replicas_ = 0;   ///< that it had then
    unsigned looks_ = 0;           ///< since they were read
    queue::durability_verdict settings_;
    queue::store_mark::finding lost_ = queue::store_mark::finding::steady;  ///< not told yet
};

}  // namespace postrider::daemon
