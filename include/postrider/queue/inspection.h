#pragma once

#include <postrider/metrics/registry.h>
#include <postrider/queue/attempt_record.h>
#include <postrider/queue/delivery.h>
#include <postrider/queue/keys.h>
#include <postrider/queue/reckoning.h>
#include <postrider/redis/client.h>
#include <postrider/redis/links.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// What `GET /api/…` says of a delivery (CONTRACT section 3).
enum class delivery_status : std::uint8_t { pending, delivering, retrying, delivered, dead, expired };
[[nodiscard]] std::string_view to_string(delivery_status status) noexcept;
[[nodiscard]] std::optional<delivery_status> delivery_status_of(std::string_view text) noexcept;

struct delivery_row {
    std::string queue_name;
    std::string store_id;
    std::string event_id;
    std::string event_type;
    delivery_status status = delivery_status::pending;
    std::uint32_t attempts = 0;  ///< sends
    std::uint16_t response_code = 0;
    std::optional<milliseconds> response_time;
    std::optional<wall_time> delivered_at;
    std::optional<wall_time> next_attempt_at;  ///< of `retrying`, and what waits behind a due time
    std::string error;                         ///< of the last attempt; empty when it succeeded
    bool is_test = false;
    bool is_parked = false;  ///< `pending`: it waits until the delivery before it, of its ordering key, ended
};

struct delivery_detail {
    delivery_row row;
    std::vector<attempt_record> attempts;  ///< those that the history still has, oldest first, at most 256
    std::optional<std::string> body;       ///< what is sent, when the store still has it
    std::optional<wall_time> accepted_at;  ///< when the store still has it
    std::string ordering_key;              ///< when the store still has the event; empty: none
};

struct dead_letter {
    std::string queue_name;
    std::string store_id;
    std::string event_id;  ///< empty when the stored event cannot be read
    std::string event_type;
    dead_record record;
    wall_time created_at{};  ///< of its death
};

struct event_view {
    event head;  ///< all but the body
    std::optional<std::string> body;
    std::string stored;  ///< head and body as they lie in the store; empty: the body is gone
    std::vector<delivery_row> deliveries;
};

/// `before` and `after` are exclusive and go by the last attempt (deliveries) or the death (dead letters).
struct delivery_filter {
    std::optional<delivery_status> status;
    std::optional<bool> parked;  ///< only those that are parked, or none of them
    std::string event_type;      ///< exact; empty: any
    std::optional<wall_time> before;
    std::optional<wall_time> after;
};
struct dead_letter_filter {
    std::string tenant;      ///< empty: all
    std::string queue_name;  ///< empty: all
    std::string endpoint;    ///< the id behind the tenant, of whatever tenant; empty: all
    std::string event_type;
    std::optional<dead_reason> reason;
    std::optional<wall_time> before;
    std::optional<wall_time> after;
    bool oldest_first = false;  ///< the order of the walk; a position holds for one order
};

template <typename Row>
struct page {
    std::vector<Row> rows;
    std::string next;  ///< the position behind it, [A-Za-z0-9_.-]{1,200}; empty: there is no more
};

/// Why a read gave nothing: Redis is away, or answered with an error; or the position is none of ours.
struct read_fault {
    bool bad_position = false;
    std::string text;
};

/// Reads what lies in the store, and moves what no owner holds in its memory: dead letters, and what waits.
/// Needs no ownership: any daemon may ask, on any shard. One for each shard; lives on the client's executor.
/// Every call looks at a bounded number of records; a page may be short and have a `next` all the same.
class inspection {
 public:
    inspection(redis::client& client, const keys& keys, metrics::registry& metrics, const time_source& time);
    /// Each partition over the connection of its slot.
    inspection(redis::links& links, const keys& keys, metrics::registry& metrics, const time_source& time);
    ~inspection();
    inspection(const inspection&) = delete;
    inspection& operator=(const inspection&) = delete;

    template <typename Value>
    using answer = boost::asio::awaitable<expected<Value, read_fault>>;

    /// The deliveries of an endpoint: those being sent, then those with attempts by their latest attempt,
    /// newest first, each once (as far as the history reaches, then those that wait for a retry), then those
    /// that wait for their first attempt, newest first, then those parked behind their ordering key, key by
    /// key and the last first, then those that died without an attempt, the latest first. With a status, only
    /// the places where such lie are walked. Of what has no attempt, the filter's times go by acceptance or
    /// replay, or by the death.
    [[nodiscard]] answer<page<delivery_row>> deliveries(std::string queue_name, delivery_filter filter,
                                                        std::string position, std::size_t most);
    [[nodiscard]] answer<std::optional<delivery_detail>> delivery(std::string queue_name,
                                                                  std::string store_id);

    /// The event by its store id: live, dead or kept in any partition, else from the histories of
    /// `candidates` (at most 256 queue names, and those that the id's record names).
    [[nodiscard]] answer<std::optional<event_view>> find_event(std::string store_id,
                                                               std::vector<std::string> candidates);

    /// Newest first, or as the filter says, by the time of death over all partitions.
    [[nodiscard]] answer<page<dead_letter>> dead_letters(dead_letter_filter filter, std::string position,
                                                         std::size_t most);
    [[nodiscard]] answer<std::optional<dead_letter>> find_dead_letter(std::string queue_name,
                                                                      std::string store_id);
    /// How many there are, as far as that is known without reading each: exact when neither type, reason,
    /// tenant nor endpoint is given.
    [[nodiscard]] answer<std::optional<std::uint64_t>> count_dead_letters(dead_letter_filter filter);

    /// A delivery to begin afresh or to remove: at most 256 in a call.
    struct item {
        std::string queue_name;
        std::string store_id;
        std::uint64_t max_queued = 0;  ///< of its endpoint, for replay; 0: no bound
        /// For replay: of the ordering key, where a delivered delivery is not remembered any more and its
        /// endpoint orders by key. Empty: none.
        std::string key_hash{};
    };
    enum class moved : std::uint8_t {
        done,
        alive,   ///< it is queued, in flight or retrying: nothing changed
        gone,    ///< there is no such dead letter (`purge`), or its body is no longer kept (`replay`)
        full,    ///< the endpoint's queue is at its limit: nothing changed
        faulty,  ///< a key cannot be read; reported
    };
    struct replayed {
        moved what = moved::faulty;
        bool was_empty = false;  ///< the queue had no work: its owner should be woken
    };
    /// Dead, kept, or delivered while the body is still there → queued, attempts and age counted from now, at
    /// the end of its key.
    [[nodiscard]] answer<std::vector<replayed>> replay(std::vector<item> items);
    /// The same for deliveries of one event that lies in some other partition: `stored` of its view goes
    /// where its body is gone. Refused while Redis is out of memory.
    [[nodiscard]] answer<std::vector<replayed>> replay_with_body(std::vector<item> items, std::string stored);
    /// Dead → gone, and the body with its last delivery.
    [[nodiscard]] answer<std::vector<moved>> purge(std::vector<item> items);

    /// What waits (queued and retrying; not what is in flight; parked ones follow in later calls, when those
    /// before them have ended) and was accepted or replayed before `accepted_before` ends dead with this
    /// reason; at most 256 in a call.
    struct ending {
        std::string queue_name;
        wall_time accepted_before{};
        dead_reason reason = dead_reason::expired;  ///< counted as expired or dead
        std::string error;                          ///< for people
        std::uint64_t max_dead_letters = 100'000;
    };
    struct death {
        event head;                  ///< all but the body; empty when the event cannot be read
        std::uint32_t attempts = 0;  ///< sends
    };
    struct ended {
        std::vector<death> deaths;
        bool more = false;  ///< call again
    };
    [[nodiscard]] answer<ended> end_waiting(ending what);

    /// Of an endpoint that is gone: takes its history, 256 records in a call; true when there is more.
    [[nodiscard]] answer<bool> drop_history(std::string queue_name);

    /// Zero keeps nothing; as long as may be keeps everything.
    struct retention {
        milliseconds dead_letters{0};
        milliseconds history{0};
    };
    /// Asked for each queue that the sweep meets; it may be unknown by now.
    using retention_of = std::function<retention(std::string_view queue_name)>;
    /// One step of the sweep of a partition: dead letters and history past their retention go, at most 256 of
    /// each. True when there is more to do now.
    [[nodiscard]] answer<bool> sweep(std::uint32_t partition, retention_of terms);

    struct overview {
        std::uint64_t waiting = 0;  ///< queued, parked, due and retrying
        std::uint64_t in_flight = 0;
        std::uint64_t dead = 0;
        std::optional<wall_time> oldest;
        std::string health;  ///< what the owner saved with `store::save_health`
    };
    /// In the order of the names, at most 256.
    [[nodiscard]] answer<std::vector<overview>> overviews(std::vector<std::string> queue_names);

    /// How much waits in each of these queues, queued, parked, due and retrying; in the order of the names,
    /// at most 256.
    [[nodiscard]] answer<std::vector<std::uint64_t>> waiting(std::vector<std::string> queue_names);

    /// Sums of `counts` over all partitions, and who owns how many.
    struct totals {
        std::uint64_t accepted = 0, delivered = 0, dead = 0, expired = 0, retried = 0, replayed = 0;
        std::uint64_t remembered = 0, repeated = 0;  ///< ids of clients: new ones, and duplicates
        /// Who holds which partitions. Name and id are empty for those that nobody holds.
        struct holder {
            std::string name;  ///< for people
            std::string id;    ///< of the member
            std::vector<std::uint32_t> partitions;
        };
        std::vector<holder> holders;
    };
    [[nodiscard]] answer<totals> read_totals();

    /// Counts what lies in a partition and reads its counters: in one call, unless more than 1,024 queues
    /// have work or retries.
    [[nodiscard]] answer<reckoning> reckon(std::uint32_t partition);
    [[nodiscard]] std::uint32_t partitions() const noexcept;

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::queue
