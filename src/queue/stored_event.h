#pragma once

#include <postrider/event/event.h>

#include <optional>
#include <string>
#include <string_view>

namespace postrider::queue {

/// The value of `event:<id>`: encode_event's bytes and a trailer of 24 that scripts read without knowing the
/// rest: 16 bytes of content hash (zeros: none was given) and accepted_at in ms, big-endian, which compares
/// as a text. Made in the memory of `room`, whose content goes.
[[nodiscard]] std::string encode_stored_event(const event& event, std::string_view content_hash,
                                              std::string room = {});
[[nodiscard]] std::optional<event> decode_stored_event(std::string_view stored);

/// The trailer's time, from its eight bytes; nothing for any other number of bytes.
[[nodiscard]] std::optional<wall_time> decode_accepted_at(std::string_view bytes);

constexpr std::size_t content_hash_bytes = 16;

}  // namespace postrider::queue
