#include "event_handlers.h"

#include <array>

namespace postrider::admin {

namespace {

constexpr std::array event_table{
    route{"GET", "/api/events/{id}", audience::readers, tenants::admitted, body::ignored, show_event,
          "tenant"},
    route{"POST", "/api/events/{id}/redeliver", audience::admins, tenants::admitted, body::maybe_json,
          redeliver_event, "tenant"},
};

}  // namespace

std::span<const route> event_routes() {
    return event_table;
}

}  // namespace postrider::admin
