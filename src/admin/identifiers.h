#pragma once

#include "route.h"

namespace postrider::admin {

/// What the identifier of a delivery or of a dead letter is made of.
struct row_id {
    std::string store_id;    ///< 22 characters of base64url
    std::string tenant;      ///< empty: it is not said
    std::string webhook_id;  ///< [A-Za-z0-9_-]{1,64}
    [[nodiscard]] bool operator==(const row_id&) const = default;
};

/// `del_<store id>_<webhook>` and `dl_<store id>_<webhook>`; of a tenant other than `default` the webhook is
/// `<tenant>.<webhook>`, so that the queue is found after the webhook is gone.
[[nodiscard]] std::string delivery_id(std::string_view store_id, std::string_view queue_name);
[[nodiscard]] std::string dead_letter_id(std::string_view store_id, std::string_view queue_name);
[[nodiscard]] std::optional<row_id> read_delivery_id(std::string_view text);
[[nodiscard]] std::optional<row_id> read_dead_letter_id(std::string_view text);
/// `job_` and 22 characters of base64url.
[[nodiscard]] bool is_job_id(std::string_view text) noexcept;

/// [A-Za-z0-9_-]{1,64}: ids of webhooks, tenants.
[[nodiscard]] bool is_name(std::string_view text) noexcept;
/// [A-Za-z0-9_.-]{1,256}.
[[nodiscard]] bool is_event_type(std::string_view text) noexcept;

[[nodiscard]] std::string_view webhook_of(std::string_view queue_name) noexcept;

/// The queue of a webhook that may be gone by now: of the token's tenant when it is bound, so that what is
/// another's is not found; else of the webhook's, and `default` for one that is gone.
[[nodiscard]] std::string queue_name_of(const call& asked, std::string_view webhook_id);
/// The same of a delivery or a dead letter, whose identifier may say the tenant.
[[nodiscard]] std::string queue_name_of(const call& asked, const row_id& id);

/// Chooses the dead letters of a webhook that may be gone by now: by its queue, and where its tenant cannot
/// be told, those of that webhook in every tenant.
void choose_webhook(const call& asked, std::string_view webhook_id, queue::dead_letter_filter& filter);

}  // namespace postrider::admin
