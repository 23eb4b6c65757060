#pragma once

#include "request_buffer.h"

#include <postrider/event/endpoint.h>
#include <postrider/event/event.h>
#include <postrider/sign/authenticator.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::delivery {

/// The lines that every request to an endpoint has: request line, Host, and the fixed and configured headers.
[[nodiscard]] std::string constant_head(const endpoint& endpoint, std::string_view user_agent);

/// Makes the whole request in `out`, replacing what was there. The body is the event's to the byte, and it is
/// what was signed. `span_id` is the attempt's in the trace that the event came with; 0: none is told on.
void build_request(request_buffer& out, std::string_view constant_head, const event& event,
                   std::uint32_t attempt, std::uint64_t span_id, wall_time now,
                   sign::authenticator& authenticator);

}  // namespace postrider::delivery
