#include "stored_event.h"

#include <postrider/base/stored_time.h>

#include <cstdint>

namespace postrider::queue {

namespace {
constexpr std::size_t time_bytes = 8;
constexpr std::size_t trailer_bytes = content_hash_bytes + time_bytes;
}  // namespace

std::string encode_stored_event(const event& event, std::string_view content_hash, std::string room) {
    std::string stored = encode_event(event, std::move(room));
    stored.reserve(stored.size() + trailer_bytes);
    stored += content_hash.substr(0, content_hash_bytes);
    stored.append(content_hash_bytes - std::min(content_hash.size(), content_hash_bytes), '\0');
    const auto time = static_cast<std::uint64_t>(event.accepted_at.time_since_epoch().count());
    for (std::size_t byte = time_bytes; byte-- > 0;)
        stored.push_back(static_cast<char>(time >> (8 * byte)));
    return stored;
}

std::optional<event> decode_stored_event(std::string_view stored) {
    if (stored.size() < trailer_bytes) return std::nullopt;
    return decode_event(stored.substr(0, stored.size() - trailer_bytes));
}

std::optional<wall_time> decode_accepted_at(std::string_view bytes) {
    if (bytes.size() != time_bytes) return std::nullopt;
    std::uint64_t time = 0;
    for (const char byte : bytes)
        time = (time << 8) | static_cast<std::uint8_t>(byte);
    return stored_time(static_cast<std::int64_t>(time));
}

}  // namespace postrider::queue
