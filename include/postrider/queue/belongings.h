#pragma once

#include <postrider/queue/inspection.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace postrider::queue {

/// What lies in the store of one tenant, or of one event: found to be handed out, or taken away for good.
/// Like an inspection it needs no ownership; one for each shard, on the client's executor, and every call
/// looks at a bounded number of records. What is in flight is never taken: its sender has it, and settles it
/// first.
///
/// What was live ends here: counted as dead and as purged, so that the accounts add up, and as
/// `webhook_dead_letters_total{reason="erased"}`. What is remembered of a client's id stays: it has no
/// payload.
class belongings {
 public:
    belongings(redis::client& client, const keys& keys, metrics::registry& metrics, const time_source& time);
    /// Each partition over the connection of its slot.
    belongings(redis::links& links, const keys& keys, metrics::registry& metrics, const time_source& time);
    ~belongings();
    belongings(const belongings&) = delete;
    belongings& operator=(const belongings&) = delete;

    template <typename Value>
    using answer = inspection::answer<Value>;

    [[nodiscard]] std::uint32_t partitions() const noexcept;

    /// The queues of a partition that hold anything of the tenant's, by name. It walks over the indices of
    /// the partition, 512 entries in a call.
    [[nodiscard]] answer<std::vector<std::string>> queues_of(std::uint32_t partition, std::string tenant);

    struct erased_event {
        std::uint64_t deliveries = 0;
        std::uint64_t in_flight = 0;  ///< these stay: ask again when they have ended
        bool more = false;            ///< ask again
    };
    /// Every delivery of an event, at most 256 of each partition, and with the last one its body.
    [[nodiscard]] answer<erased_event> erase_event(std::string store_id);

    struct erased_records {
        std::uint64_t records = 0;
        std::uint64_t passed = 0;  ///< where to go on
        bool more = false;
    };
    /// The records of an event in the history of an endpoint: looks at 512.
    [[nodiscard]] answer<erased_records> erase_records(std::string queue_name, std::string store_id,
                                                       std::uint64_t passed);

    /// How many entries of each place of a queue were left as they are.
    struct place_counts {
        std::uint64_t fresh = 0, again = 0, later = 0, dead = 0;
    };
    struct erased_queue {
        std::uint64_t deliveries = 0;  ///< live ones and dead letters
        std::uint64_t in_flight = 0;   ///< as old: these stay
        bool whole = false;            ///< every place was walked to its end
        place_counts passed;           ///< where to go on
    };
    /// What waits or is dead in a queue and was accepted up to then: at most 128 of each place.
    [[nodiscard]] answer<erased_queue> erase_queue(std::string queue_name, wall_time accepted_until,
                                                   place_counts passed);

    /// The history of a queue and what was kept for it: 256 records, oldest first; true when there is more.
    [[nodiscard]] answer<bool> erase_history(std::string queue_name);

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::queue
