#pragma once

#include <postrider/base/clock.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/keys.h>
#include <postrider/redis/client.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// One of the daemons that share a store.
struct member {
    std::string id;    ///< 128 random bits made at its start, 22 characters of base64url
    std::string name;  ///< host:pid, for people
    std::uint64_t beat = 0;
    std::uint32_t shards = 1;
    std::string config_hash;  ///< of what its configuration files say; empty: it has none
    std::string sealing_key;  ///< id of the key with which it seals stored secrets; empty: it has none
    wall_time started_at{};
    [[nodiscard]] bool operator==(const member&) const = default;
};
/// The form in which a member's record lies in Redis, but for the id: JSON.
[[nodiscard]] std::string encode_member(const member& member);
/// Nothing for what is no record.
[[nodiscard]] std::optional<member> decode_member(std::string_view id, std::string_view record);

/// "host:pid" of this process.
[[nodiscard]] std::string process_name();

/// Who shares the store and whose each partition should be, as one daemon saw it at one time.
struct membership_view {
    std::vector<member> members;          ///< by id
    std::vector<std::uint32_t> share_of;  ///< by partition: an index into `members`; empty without members
    std::string self;                     ///< the id of the daemon that looked

    /// The partitions of its own share; none once it has left.
    [[nodiscard]] std::vector<std::uint32_t> own_share() const;
    /// Whose the partition should be; nullptr when there is nobody.
    [[nodiscard]] const member* holder_of(std::uint32_t partition) const;
};
using membership_view_ptr = std::shared_ptr<const membership_view>;

/// Keeps one daemon among the members of its store, and tells it how the partitions are to be divided
/// (docs/decisions/0016-hand-over.md). One for each daemon; lives on its executor.
///
/// Its record is renewed every fifth of the lease. A member whose record stood still over a full lease of
/// this machine's monotonic clock is gone: its share is divided at once, and its record taken away. No other
/// clock is trusted. Joining, leaving and freed partitions are told on a channel, so that nobody waits for a
/// beat; what is lost on the channel costs a beat.
class membership {
 public:
    struct settings {
        member self;
        milliseconds lease{10000};
        /// No other daemon can live: who has a record is dead, and `start` tells the first view itself.
        bool exclusive = false;
    };
    /// Called on the executor.
    struct listener {
        /// The members, or what is known of one of them, changed. Called at the first look too.
        std::function<void(membership_view_ptr)> on_view;
        /// Partitions were released: a look at the leases may find some free.
        std::function<void()> on_free;
        /// Another daemon put work into a queue that had none, in a partition which it thinks is ours.
        std::function<void(std::uint32_t partition, std::string queue_name)> on_work;
    };

    /// `subscriber` is for this alone; it is started and stopped with it. `client` belongs to somebody else.
    membership(const boost::asio::any_io_executor& executor, redis::client& client, redis::client& subscriber,
               const keys& keys, metrics::registry& metrics, const time_source& time, settings settings,
               listener listener);
    ~membership();
    membership(const membership&) = delete;
    membership& operator=(const membership&) = delete;

    void start();
    /// Takes itself out of the members: the last view has no share for this daemon. Returns at once.
    void leave();
    /// After `leave`; waits at most 2 s for Redis.
    [[nodiscard]] boost::asio::awaitable<void> stop();
    void set_config_hash(std::string hash);
    void set_sealing_key(std::string id);

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::queue
