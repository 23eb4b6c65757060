#include "webhook_handlers.h"

#include <array>

namespace postrider::admin {

namespace {

constexpr std::array webhook_table{
    route{"GET", "/api/webhooks", audience::readers, tenants::admitted, body::ignored, list_webhooks,
          "limit, cursor, state"},
    route{"POST", "/api/webhooks", audience::admins, tenants::admitted, body::json, create_webhook},
    route{"POST", "/api/webhooks/test", audience::admins, tenants::admitted, body::json, test_webhook},
    route{"GET", "/api/webhooks/{id}", audience::readers, tenants::admitted, body::ignored, show_webhook},
    route{"PATCH", "/api/webhooks/{id}", audience::admins, tenants::admitted, body::merge_patch,
          change_webhook},
    route{"DELETE", "/api/webhooks/{id}", audience::admins, tenants::admitted, body::ignored, delete_webhook},
    route{"POST", "/api/webhooks/{id}/rotate-secret", audience::admins, tenants::admitted, body::maybe_json,
          rotate_webhook_secret},
    route{"POST", "/api/webhooks/{id}/verify", audience::admins, tenants::admitted, body::ignored,
          verify_webhook},
};

}  // namespace

std::span<const route> webhook_routes() {
    return webhook_table;
}

}  // namespace postrider::admin
