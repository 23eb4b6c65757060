#pragma once

#include <postrider/base/clock.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// An event as it was accepted: what every attempt for every endpoint is made from.
struct event {
    std::string tenant;       ///< [A-Za-z0-9_-]{1,64}
    std::string id;           ///< [A-Za-z0-9_-]{1,256}, unique within its tenant; the `webhook-id`
    std::string type;         ///< [A-Za-z0-9_.-]{1,256}
    std::string key;          ///< ordering key, up to 256 bytes; empty: none
    std::string traceparent;  ///< as it came with the request; empty: none
    wall_time accepted_at;    ///< when this daemon took it in
    std::string body;         ///< the exact bytes that are signed and sent
};

/// Events are immutable once accepted and shared between the endpoints that get them.
using event_ptr = std::shared_ptr<const event>;

/// The name of an event inside the store: 22 characters of base64url, the first 128 bits of
/// SHA-256(tenant NUL id). Fixed length, and harmless in a key name whatever a client chose as id.
[[nodiscard]] std::string store_id(std::string_view tenant, std::string_view id);

/// The form in which an event lies in Redis: a format byte, lengths, the texts, then the body.
/// `decode_event` gives nothing for bytes that `encode_event` of this or an older version did not make.
/// Made in the memory of `room`, whose content goes.
[[nodiscard]] std::string encode_event(const event& event, std::string room = {});
[[nodiscard]] std::optional<event> decode_event(std::string_view stored);
/// All but the body, from the first `event_head_bytes` of a stored event, or more of it.
constexpr std::size_t event_head_bytes = 1280;
[[nodiscard]] std::optional<event> decode_event_head(std::string_view beginning);

/// The JSON that receivers get (CONTRACT section 4). `data` is put in as it is, to the byte.
/// `id` and `type` are of the restricted alphabets above and need no escaping.
[[nodiscard]] std::string render_body(std::string_view id, std::string_view type, std::string_view timestamp,
                                      std::string_view data);

}  // namespace postrider
