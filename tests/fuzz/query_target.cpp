// What stands in the target of a request to the admin listener: paths, parameters, identifiers and cursors.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <admin/cursor.h>
#include <admin/identifiers.h>
#include <admin/query.h>
#include <admin/route.h>

#include <algorithm>
#include <array>
#include <string>

namespace postrider::fuzz {
namespace {

constexpr std::array path_routes{
    admin::route{"GET", "/", admin::audience::anyone, admin::tenants::admitted, admin::body::ignored,
                 nullptr},
    admin::route{"GET", "/console/{file}", admin::audience::anyone, admin::tenants::admitted,
                 admin::body::ignored, nullptr},
    admin::route{"GET", "/console/{folder}/{file}", admin::audience::anyone, admin::tenants::admitted,
                 admin::body::ignored, nullptr},
    admin::route{"DELETE", "/api/webhooks/{id}", admin::audience::admins, admin::tenants::admitted,
                 admin::body::ignored, nullptr},
};

void check_path(std::string_view path) {
    const std::array groups{std::span<const admin::route>(path_routes)};
    for (const auto* const method : {"GET", "DELETE", "HEAD"}) {
        const auto found = admin::find_route(groups, method, path);
        if (found.by_method == nullptr) continue;
        HOLDS(path.starts_with('/') && !found.allowed.empty());
        for (const auto& parameter : found.parameters) {
            HOLDS(!parameter.empty() && parameter.size() <= 400);
            HOLDS(parameter.find_first_of("/\\%?# \r\n") == std::string::npos);
            HOLDS(parameter.find('\0') == std::string::npos);
        }
    }
}

void check_parameters(std::string_view text) {
    admin::query given(text, "limit, cursor, status, reason, event_type, before, webhook_id");
    const auto limit = given.take_limit(50);
    HOLDS(limit >= 1 && limit <= admin::query::most_rows);
    (void)given.take_time("before");
    HOLDS(given.take_event_type("event_type").size() <= 256 && given.take_name("webhook_id").size() <= 64);
    (void)given.take_status("status");
    (void)given.take_reason("reason");
    const auto filters = given.filters();
    if (const auto refusal = given.refusal())
        HOLDS(refusal->status == 422 && admin::json::accept(refusal->body));
    else
        HOLDS(filters.find("cursor=") != 0);
}

void check_identifiers(std::string_view text) {
    if (const auto id = admin::read_delivery_id(text)) {
        const auto tenant = id->tenant.empty() ? std::string("default") : id->tenant;
        const auto written = admin::delivery_id(id->store_id, tenant + '.' + id->webhook_id);
        HOLDS(written == text || id->tenant == "default");
    }
    if (const auto id = admin::read_dead_letter_id(text))
        HOLDS(id->store_id.size() == 22 && !id->webhook_id.empty());
    (void)admin::is_job_id(text);
}

void check_cursor(std::string_view text) {
    const auto scope = admin::list_scope(secret("key"), "/api/deliveries", std::nullopt, "");
    const auto other = admin::list_scope(secret("key"), "/api/deliveries", "acme", "");
    if (const auto position = admin::read_cursor(scope, text))
        HOLDS(admin::make_cursor(scope, *position) == text);
    if (text.empty() || text.size() > 200) return;
    const auto cursor = admin::make_cursor(scope, text);
    HOLDS(admin::read_cursor(scope, cursor) == std::string(text));
    HOLDS(!admin::read_cursor(other, cursor));
}

}  // namespace
}  // namespace postrider::fuzz

/// Lines: a path, parameters, and an identifier or cursor.
FUZZ_TARGET(query) {
    using namespace postrider::fuzz;
    check_path(take_part(input, '\n'));
    check_parameters(take_part(input, '\n'));
    check_identifiers(input);
    check_cursor(input);
}
