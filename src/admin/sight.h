#pragma once

#include "route.h"

namespace postrider::admin {

/// The endpoint of this id that the call may see; null when there is none.
[[nodiscard]] endpoint_ptr find_endpoint(const call& asked, std::string_view id);
/// Whether the call may see what is this tenant's.
[[nodiscard]] bool may_see(const call& asked, std::string_view tenant) noexcept;
/// The endpoints that the call may see, in the order of their ids.
[[nodiscard]] std::vector<endpoint_ptr> visible_endpoints(const call& asked);

}  // namespace postrider::admin
