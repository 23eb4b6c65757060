#pragma once

#include <postrider/base/expected.h>
#include <postrider/event/address.h>
#include <postrider/event/url.h>

#include <string>
#include <vector>

namespace postrider::cli {

/// Where the host of a URL is, as this machine sees it: also by /etc/hosts and search domains, which a
/// container's names need and which deliveries must never use. Blocks.
[[nodiscard]] expected<std::vector<ip_address>, std::string> addresses_of(const http_url& url);

}  // namespace postrider::cli
