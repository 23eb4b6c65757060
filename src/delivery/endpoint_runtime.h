#pragma once

#include "connection_pool.h"

#include <postrider/event/endpoint.h>
#include <postrider/guard/address_rules.h>
#include <postrider/sign/authenticator.h>

#include <memory>
#include <optional>
#include <string>

namespace postrider::delivery {

/// What one endpoint object needs at run time: made with its first attempt, shared by its attempts under way.
struct endpoint_runtime {
    endpoint_runtime(endpoint_ptr of, sign::authenticator compiled, std::string head)
        : endpoint(std::move(of)),
          authenticator(std::move(compiled)),
          constant_head(std::move(head)),
          literal(endpoint->url.host_is_literal ? ip_address::parse(endpoint->url.host) : std::nullopt) {
        idle.most = endpoint->concurrency;
    }

    endpoint_ptr endpoint;
    sign::authenticator authenticator;
    std::string constant_head;
    std::optional<ip_address> literal;  ///< of a host that is an address
    guard::address_rules rules;
    std::uint64_t rules_generation = 0;  ///< 0: not filled in yet
    idle_connections idle;
    monotonic_time last_use;
};

}  // namespace postrider::delivery
