#pragma once

#include "answer.h"
#include "route.h"

#include <postrider/breaker/breaker.h>

namespace postrider::admin {

/// What of a webhook is not in its settings. What is absent is not known now, and shown as null.
struct webhook_facts {
    postrider::standing standing;
    std::optional<wall_time> created_at;  ///< of those that the API made
    std::optional<wall_time> updated_at;
    std::optional<queue::inspection::overview> load;
};

/// From the store; Redis away is no fault here. `asked` lives in the frame that waits for it.
[[nodiscard]] boost::asio::awaitable<webhook_facts> read_facts(const call& asked, endpoint_ptr endpoint);
/// Of at most 256 endpoints, in their order.
[[nodiscard]] boost::asio::awaitable<std::vector<webhook_facts>> read_all_facts(
    const call& asked, std::vector<endpoint_ptr> endpoints);
/// The loads of at most 256 endpoints, in their order; nothing when they cannot be read.
[[nodiscard]] boost::asio::awaitable<std::optional<std::vector<queue::inspection::overview>>> read_loads(
    const call& asked, std::vector<endpoint_ptr> endpoints);

/// As the caller may see it: where it is written is for tokens without a tenant.
[[nodiscard]] json describe_webhook(const call& asked, const endpoint& endpoint, const webhook_facts& facts);

/// From what the owner of its partition saved last.
[[nodiscard]] breaker::circuit_state circuit_of(const endpoint& endpoint, std::string_view health,
                                                const time_source& time);

}  // namespace postrider::admin
