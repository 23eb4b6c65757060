#pragma once

#include "batch.h"
#include "fault.h"

#include <postrider/access/tokens.h>
#include <postrider/base/clock.h>
#include <postrider/base/random.h>
#include <postrider/http/message.h>
#include <postrider/queue/delivery.h>
#include <postrider/queue/intake_port.h>
#include <postrider/subscription/snapshot.h>

#include <optional>
#include <string>
#include <vector>

namespace postrider::intake {

/// What all events of one request share.
struct sender {
    std::optional<std::string> tenant;  ///< that the token is bound to
    std::string idempotency_key;        ///< empty: none
    std::string traceparent;            ///< empty: none
    wall_time now;
};

/// The `traceparent` of a request; empty when there is none in the W3C's form, or more than one.
[[nodiscard]] std::string traceparent_of(const http::request& request);

/// The `Idempotency-Key` of a request, or what is wrong with it; empty when there is none.
[[nodiscard]] expected<std::string, fault> idempotency_key_of(const http::request& request);

/// Turns what was posted into what is stored: tenant, id, content hash, the body that receivers get, and the
/// endpoints that subscribed.
[[nodiscard]] expected<queue::new_event, fault> accept(const posted_event& posted, const sender& sender,
                                                       const subscription::snapshot& subscriptions,
                                                       random_source& random);

/// Whether the event can be answered without the queue: nobody wants it and nothing is to be remembered.
[[nodiscard]] bool needs_no_queue(const queue::new_event& event) noexcept;

/// What the client is told; nothing when the event was accepted.
[[nodiscard]] std::optional<fault> fault_of(queue::enqueue_status status);

}  // namespace postrider::intake
