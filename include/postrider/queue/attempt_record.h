#pragma once

#include <postrider/base/clock.h>
#include <postrider/event/attempt.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::queue {

/// One attempt as an endpoint's history keeps it: about 85 bytes for a success. The event's id and type are
/// in it because the body has left the store when its last delivery was delivered.
struct attempt_record {
    std::string event_id;
    std::string event_type;
    wall_time begun_at{};
    std::uint32_t attempt = 0;  ///< from 1
    bool is_test = false;       ///< of `POST /api/webhooks/test`: no event, never retried
    bool keeps_body = false;    ///< the body stays in the store as long as this record (`log_payloads`)
    outcome::kind what = outcome::kind::delivered;
    dead_reason reason = dead_reason::attempts_exhausted;  ///< when dead
    std::uint16_t status = 0;                              ///< of the response; 0 without one
    milliseconds duration{0};
    milliseconds retry_in{0};   ///< when retried
    std::string trace_id;       ///< 32 hexadecimal digits; empty: the event came without a trace
    std::uint64_t span_id = 0;  ///< of the attempt in it; 0: none
    std::string error;
    std::string request_headers;   ///< lines; as attempt_result
    std::string response_headers;  ///< lines; as attempt_result
    std::string response_body;     ///< its beginning
};

/// The form in which a record lies in `history:<queue>`, newest first: 8 bytes, big-endian, of microseconds
/// of Redis' clock as the daemon that stores it knows it, growing along the list; the 22 characters of the
/// event's store id; a format byte, a byte of flags, numbers and texts. Behind those of an attempt in a trace
/// (format 2): the 32 digits of the trace's id, and 8 bytes, big-endian, of the span's.
constexpr std::size_t history_stamp_bytes = 8;
constexpr std::size_t store_id_bytes = 22;

[[nodiscard]] std::string encode_attempt(std::uint64_t stamp, std::string_view store_id,
                                         const attempt_record& record);
/// Gives an encoded record, as `encode_attempt` made it, another stamp.
void set_stamp(std::string& stored, std::uint64_t stamp);

struct stored_attempt {
    std::uint64_t stamp = 0;  ///< microseconds of Redis' clock when it was stored
    std::string store_id;
    attempt_record record;
};
/// The stamp alone, also of bytes that are no record.
[[nodiscard]] std::uint64_t read_stamp(std::string_view stored);
/// Nothing for bytes that this or an older version did not make.
[[nodiscard]] std::optional<stored_attempt> decode_attempt(std::string_view stored);

}  // namespace postrider::queue
