#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::queue {

/// Where a page ended. Its text is "place", or "place.number.id" of the last entry that was looked at; for
/// what is not of one queue, with ".queue" behind it; for what is parked, with ".passed".
///
/// Places: 'i' in flight, 'h' history, 'a' retries that came due, 'r' retries, 'q' queued, 'd' dead letters;
/// 'I', 'A', 'R' and 'Q' what is parked behind those in flight, due, retried and queued.
struct list_position {
    char place = ' ';
    std::uint64_t number = 0;  ///< a stamp, a time, or how many entries were passed
    std::string id;            ///< empty: at the beginning of the place. Of what is parked, it is who leads
    std::uint64_t passed = 0;  ///< of what is parked: how many behind that one, from the last
    std::string queue_name;
};

/// Whether what lies in this place is parked.
[[nodiscard]] bool is_of_parked(char place) noexcept;

/// The id to go on behind; of a stray, whose id is none, one behind which nothing comes twice.
[[nodiscard]] std::string anchor_of(char place, std::string_view id);

[[nodiscard]] std::string to_text(const list_position& position);
/// Nothing for what `to_text` does not make, and for a place that is none of these.
[[nodiscard]] std::optional<list_position> parse_position(std::string_view text, std::string_view places);

}  // namespace postrider::queue
