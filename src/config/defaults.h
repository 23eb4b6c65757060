#pragma once

#include "node.h"

namespace postrider::config {

/// An endpoint, or defaults, over the defaults below: its own keys win. `retry`, `timeout`, `tls`,
/// `headers`, `circuit_breaker`, `rate_limit`, `limits`, `logging` and `auto_disable` are merged key by key
/// in the same way. What excludes each other is replaced together: own `secret`, `secrets` or
/// `authentication` takes the place of all three, and an own schedule that of the exponential keys and the
/// other way round. Anything that is no map is given back as it is. `below` may be null.
[[nodiscard]] node_ptr lay_over(const node_ptr& own, const node_ptr& below);

}  // namespace postrider::config
