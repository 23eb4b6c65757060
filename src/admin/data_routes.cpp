#include "data_handlers.h"

#include <array>

namespace postrider::admin {

namespace {

constexpr std::array data_table{
    route{"DELETE", "/api/events/{id}", audience::admins, tenants::admitted, body::ignored, delete_event_data,
          "tenant"},
    route{"GET", "/api/events/{id}/export", audience::readers, tenants::admitted, body::ignored, export_event,
          "tenant, cursor"},
    route{"DELETE", "/api/tenants/{tenant}/data", audience::admins, tenants::admitted, body::ignored,
          delete_tenant_data},
    route{"GET", "/api/tenants/{tenant}/export", audience::readers, tenants::admitted, body::ignored,
          export_tenant, "cursor"},
};

}  // namespace

std::span<const route> data_routes() {
    return data_table;
}

}  // namespace postrider::admin
