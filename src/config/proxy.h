#pragma once

#include "values.h"

#include <postrider/event/forward_proxy.h>

#include <optional>
#include <string_view>

namespace postrider::config {

/// `http://[user:password@]host[:port]`, user and password percent-encoded where they must be. Nothing: it is
/// none. `resolves_names` is left alone.
[[nodiscard]] std::optional<forward_proxy> parse_proxy(std::string_view text);

/// `egress.proxy` and `egress.proxy_resolves`; an empty text is no proxy. Faults never show the value, which
/// may hold a password.
[[nodiscard]] std::optional<forward_proxy> read_proxy(reading& reading, const section& egress);

}  // namespace postrider::config
