#pragma once

#include <postrider/queue/inspection.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace postrider::queue {

/// A field of `state:<id>` (scripts/lib/state.lua).
struct delivery_state {
    char letter = ' ';
    std::uint32_t attempts = 0;
    std::optional<wall_time> since;  ///< of a replay
};
/// Nothing for an empty text, and for what is none.
[[nodiscard]] std::optional<delivery_state> parse_state(std::string_view field);

/// What scripts tell of a delivery, wherever they found it (scripts/lib/sight.lua). Texts may be empty.
struct sighting {
    std::string_view store_id;
    std::string_view state;
    std::string_view note;         ///< when a retry is due, or the dead letter
    std::string_view head;         ///< the beginning of the stored event
    std::string_view accepted_at;  ///< its last eight bytes
    std::string_view record;       ///< the newest in the history, with its stamp
};

/// The state goes before the record: it is of now.
[[nodiscard]] delivery_row row_of(std::string_view queue_name, const sighting& seen);
/// What its age counts from: the last replay, or the acceptance; nothing when neither can be read.
[[nodiscard]] std::optional<wall_time> since_of(const sighting& seen);

/// A whole decimal number without sign or leading zeros, at most `most`.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most);
/// Milliseconds since the epoch, as scores are.
[[nodiscard]] std::optional<wall_time> time_of_score(std::string_view score);

}  // namespace postrider::queue
