#include "dead_letter_handlers.h"

#include <array>

namespace postrider::admin {

namespace {

constexpr std::array dead_letter_table{
    route{"GET", "/api/dead-letters", audience::readers, tenants::admitted, body::ignored, list_dead_letters,
          "limit, cursor, webhook_id, event_type, reason, before, after"},
    route{"GET", "/api/dead-letters/{id}", audience::readers, tenants::admitted, body::ignored,
          show_dead_letter},
    route{"DELETE", "/api/dead-letters/{id}", audience::admins, tenants::admitted, body::ignored,
          purge_dead_letter},
    route{"POST", "/api/dead-letters/replay", audience::admins, tenants::admitted, body::json,
          replay_dead_letters},
    route{"POST", "/api/dead-letters/purge", audience::admins, tenants::admitted, body::json,
          purge_dead_letters},
};

}  // namespace

std::span<const route> dead_letter_routes() {
    return dead_letter_table;
}

}  // namespace postrider::admin
