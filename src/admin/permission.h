#pragma once

#include <postrider/access/tokens.h>
#include <postrider/http/message.h>
#include <postrider/metrics/registry.h>

#include <optional>

namespace postrider::admin {

/// Whom a route is for.
struct demand {
    access::scope scope = access::scope::admin;
    bool of_all_tenants = true;  ///< a token that is bound to a tenant is not enough
};

/// The answer that refuses the request, 401 or 403; nothing when it may go on. Without tokens everything is
/// open to whoever reaches the loopback, but for web pages: then `Host` must be the loopback's and a foreign
/// `Origin` is refused.
[[nodiscard]] std::optional<http::response> refuse(const http::request& head,
                                                   const access::token_list& tokens, demand demand,
                                                   metrics::registry& metrics);

}  // namespace postrider::admin
