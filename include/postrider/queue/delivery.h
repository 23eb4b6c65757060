#pragma once

#include <postrider/event/attempt.h>
#include <postrider/event/endpoint.h>
#include <postrider/event/event.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// A delivery in flight: this daemon claimed it and nobody else may send it until it is settled.
struct delivery {
    std::uint32_t partition = 0;
    std::string queue_name;     ///< endpoint::queue_name()
    std::string store_id;       ///< of the event
    std::uint32_t attempt = 0;  ///< the number of the attempt that the claim began, from 1
    wall_time since{};          ///< acceptance, or the last replay: what `max_age_seconds` is counted from
    bool after_interruption = false;  ///< the attempt before this one began and never ended
    event_ptr event;
};

/// An event on its way in, with the endpoints that it is for.
struct new_event {
    event_ptr event;
    /// Of type, data, key and the client's timestamp (16 bytes): makes the event remembered for
    /// deduplication. Empty: the id was made here, and nothing is remembered.
    std::string content_hash;
    std::vector<endpoint_ptr> endpoints;
    /// On a Cluster an event is stored partition by partition. `home`: where this part is remembered, instead
    /// of the id's own home. `elsewhere`: queues in other partitions, remembered with it and not written.
    std::optional<std::uint32_t> home;
    std::vector<std::string> elsewhere;
};

enum class enqueue_status : std::uint8_t {
    stored,
    duplicate,    ///< remembered with the same content; `deliveries` is the recorded number
    conflict,     ///< remembered with other content; nothing changed
    unavailable,  ///< Redis did not confirm in time: may be stored or not
    full,         ///< Redis is out of memory or of disk; nothing was stored
};
struct enqueue_answer {
    enqueue_status status = enqueue_status::unavailable;
    std::uint32_t deliveries = 0;
    std::string recorded{};  ///< of a duplicate: "<accepted_at in ms> <queue>…", as it was remembered
};

/// What stays of a delivery that died.
struct dead_record {
    dead_reason reason = dead_reason::attempts_exhausted;
    std::uint32_t attempts = 0;  ///< sends
    std::uint16_t response_code = 0;
    std::string response_body;  ///< its beginning
    std::string error;
    std::string event_type;
};
/// Nothing for what is no record, or of an unknown reason.
[[nodiscard]] std::optional<dead_record> decode_dead_record(std::string_view stored);
/// JSON with the field names of CONTRACT section 3; the form in which a record lies in Redis.
[[nodiscard]] std::string encode_dead_record(const dead_record& record);

}  // namespace postrider::queue
