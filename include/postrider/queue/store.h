#pragma once

#include <postrider/metrics/registry.h>
#include <postrider/queue/attempt_record.h>
#include <postrider/queue/delivery.h>
#include <postrider/queue/keys.h>
#include <postrider/queue/replication.h>
#include <postrider/redis/client.h>
#include <postrider/redis/links.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::queue {

/// The dispatcher, as the store sees it. Called on the shard's executor.
class dispatch_port {
 public:
    virtual ~dispatch_port() = default;

    /// Asked while a group commit is put together: may a new event of this queue be put straight in flight?
    /// True reserves a slot, which `on_claimed` uses or `on_not_claimed` gives back.
    [[nodiscard]] virtual bool reserve(std::uint32_t partition, const endpoint_ptr& endpoint) = 0;
    /// The reservation was not used: the queue had a backlog, the event was a duplicate, or the call failed.
    virtual void on_not_claimed(const std::string& queue_name) = 0;
    /// A delivery in flight, by reservation or by claim. It must be settled in the end.
    virtual void on_claimed(delivery delivery) = 0;

    /// Asked while a call is put together: what should be claimed with it? Slots are reserved by answering.
    struct claim {
        std::uint32_t partition;
        std::string queue_name;
        std::uint32_t count;  ///< at least 1, at most 256
    };
    virtual void collect_claims(std::vector<claim>& claims, std::size_t most) = 0;
    /// A claim ended, after the `on_claimed` of all that it gave. `more`: the queue still holds work. On
    /// failure granted is 0 and more true.
    virtual void on_claim_ended(const claim& ended, std::uint32_t granted, bool more) = 0;

    /// Dead on arrival: the endpoint's own queue was full. Called where the event was written, which need not
    /// be where the endpoint lives.
    virtual void on_backlog_full(std::uint32_t partition, const endpoint_ptr& endpoint,
                                 const event_ptr& event) = 0;
    /// After a takeover, before the first claim of the partition: what the owner before had saved with
    /// `save_health`, for each queue that had anything.
    virtual void on_health(std::uint32_t partition,
                           const std::vector<std::pair<std::string, std::string>>& saved) = 0;

    /// Work waits in this queue (a queued event, or a retry that came due).
    virtual void on_ready(std::uint32_t partition, const std::string& queue_name) = 0;
    /// This daemon owns the partition no more: no new attempt for it; its settlements will be ignored.
    virtual void on_lost(std::uint32_t partition) = 0;
};

/// An attempt for an endpoint's history, and how much of it is kept.
struct history_entry {
    std::optional<attempt_record> record;  ///< nothing: this end of an attempt is not remembered
    std::uint64_t most = 0;                ///< records of this endpoint; older ones go
};

/// Whether this shard owns a partition now, and by which token. `ownership` answers it.
class lease_port {
 public:
    virtual ~lease_port() = default;
    /// The token to pass to scripts; empty when not owned, or past the local deadline for beginning attempts.
    [[nodiscard]] virtual std::string_view token(std::uint32_t partition) const noexcept = 0;
    /// The token for settling what is held: valid also past the local deadline.
    [[nodiscard]] virtual std::string_view settle_token(std::uint32_t partition) const noexcept = 0;
    /// A script answered FENCED.
    virtual void on_fenced(std::uint32_t partition) = 0;
};

/// The queue's transitions as typed verbs, gathered into group commits: what waits together goes as one call,
/// a single item is not delayed for company. At most 256 items and 1 MiB in a call. One for each shard; lives
/// on its executor. Verbs never throw and never block.
class store {
 public:
    struct settings {
        milliseconds dedup_window{86400 * 1000LL};
        std::size_t max_waiting = 20000;  ///< enqueues that wait for a call; past it: unavailable
        std::size_t max_waiting_bytes = 64 * 1024 * 1024;
        /// Of an event. It bounds what is read without asking first how long it is.
        std::size_t max_body_bytes = 262144;
        /// With it enqueues go over its connection, are confirmed by replicas, and put nothing in flight.
        replication replicated{};
    };

    /// Every partition over one connection.
    store(const boost::asio::any_io_executor& executor, redis::client& client, const keys& keys,
          lease_port& leases, dispatch_port& dispatch, metrics::registry& metrics, const time_source& time,
          settings settings);
    /// The same on one server. On a Cluster: these partitions, each over its own connection, so that a call
    /// names one partition. An event is given for the endpoints of one of them; another's is answered
    /// `unavailable`.
    store(const boost::asio::any_io_executor& executor, redis::links& links,
          const std::vector<std::uint32_t>& partitions, const keys& keys, lease_port& leases,
          dispatch_port& dispatch, metrics::registry& metrics, const time_source& time, settings settings);
    ~store();
    store(const store&) = delete;
    store& operator=(const store&) = delete;

    /// The commands that load every script: the client's preamble.
    [[nodiscard]] static std::vector<redis::command> preamble();

    /// Stores an event. `done` runs once, later: after Redis confirmed, or refused, or the outcome is
    /// unknown. An answer that comes after the caller lost its patience still puts claimed deliveries in
    /// flight.
    void enqueue(new_event event, std::function<void(enqueue_answer)> done);

    /// How long ids are remembered from now on.
    void set_dedup_window(milliseconds window);
    /// What an event may have from now on; those that are stored may have as many as it ever was.
    void set_max_body_bytes(std::size_t bytes);

    /// Settlements. Kept and repeated until Redis answered (APPLIED, STALE or FENCED), however long that
    /// takes.
    ///
    /// `history` goes into the endpoint's history in the same call; without one nothing is remembered.
    void complete(const delivery& delivery, const history_entry& history);
    void retry_later(const delivery& delivery, milliseconds delay, const history_entry& history);
    void bury(const delivery& delivery, const dead_record& record, std::uint64_t max_dead_letters,
              const history_entry& history);
    /// Gives back a delivery whose attempt was not begun, or was cut at a shutdown: head of its queue, the
    /// attempt is not counted.
    void hand_back(const delivery& delivery);

    /// Keeps a text for an endpoint (the state of its circuit) beside its queue, for the next owner; empty:
    /// nothing. Repeated until Redis answered; of several for one queue only the last is written.
    void save_health(std::uint32_t partition, std::string queue_name, std::string text);
    /// Writes the record of a test delivery into the endpoint's history, whoever owns its partition. Not
    /// repeated; false when there is nothing to write, or no connection to write it over.
    [[nodiscard]] bool note_test(std::uint32_t partition, std::string queue_name, std::string store_id,
                                 const history_entry& history);

    /// There is something to claim: `collect_claims` will be asked in the next call.
    void want_claims();

    /// Moves retries that came due, and finds queues with work, for all owned partitions. `ownership` and
    /// timers call it.
    void promote_due(std::optional<std::uint32_t> only = std::nullopt);

    /// Puts back what is in flight in this partition and not held here: after a takeover or a lost
    /// connection. Calls of at most 256 entries, until done; false when the connection failed or the token
    /// was fenced.
    [[nodiscard]] boost::asio::awaitable<bool> recover(std::uint32_t partition);

    /// Settlements and enqueues wait while the gate is closed (a connection is being reconciled). On a
    /// Cluster, the gate of one partition's connection, if one is named.
    void close_gate(std::optional<std::uint32_t> only = std::nullopt);
    void open_gate(std::optional<std::uint32_t> only = std::nullopt);

    /// The partition is not ours any more: its held deliveries and pending settlements are dropped.
    void forget(std::uint32_t partition);

    /// Deliveries in flight or not yet settled: all, and those of one partition.
    [[nodiscard]] std::size_t held() const noexcept;
    [[nodiscard]] std::size_t held_in(std::uint32_t partition) const noexcept;
    /// Waits until every settlement was answered, at most so long. False when some are left.
    [[nodiscard]] boost::asio::awaitable<bool> drain(milliseconds longest);

    /// Depths for the metrics, from the store: waiting and retrying events, dead letters, acceptance of the
    /// oldest waiting one.
    struct depth {
        std::string queue_name;
        std::uint64_t waiting = 0;  ///< queued, due and retrying later
        std::uint64_t dead = 0;
        wall_time oldest{};  ///< epoch: nothing waits
    };
    [[nodiscard]] boost::asio::awaitable<std::vector<depth>> depths(std::vector<std::string> queue_names);

 private:
    struct group;
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::queue
