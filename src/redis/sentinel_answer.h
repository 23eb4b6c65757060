#pragma once

#include "slot_table.h"

#include <postrider/redis/reply.h>

#include <optional>

namespace postrider::redis {

/// The master in a Sentinel's answer to `get-master-addr-by-name`, `[host, port]`; nothing for what is no
/// address.
[[nodiscard]] std::optional<node_address> master_in(const reply_view& told);

}  // namespace postrider::redis
