#pragma once

#include "answer.h"
#include "route.h"

namespace postrider::admin {

/// A webhook that is to be made: read and checked, not stored.
struct draft {
    catalog::entry entry;
    endpoint_ptr endpoint;
    std::optional<std::string> made_secret;  ///< when the document had nothing to sign with
};
/// Out of the body of a request: 400, 403 or 422 when it is none that the caller may make.
[[nodiscard]] expected<draft, http::response> draft_webhook(const call& asked);

/// The entry after the merge patch (RFC 7396) in the body of a request; its settings are not yet read. 422
/// for what cannot be changed, 403 for what the caller may not. Secrets that the patch does not name stay.
[[nodiscard]] expected<catalog::entry, http::response> merge_webhook(const call& asked,
                                                                     const catalog::entry& before);

}  // namespace postrider::admin
