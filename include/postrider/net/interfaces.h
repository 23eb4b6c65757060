#pragma once

#include <postrider/event/address.h>

#include <optional>
#include <vector>

namespace postrider::net {

/// The addresses of this machine's interfaces at present, sorted, each once; nothing when the kernel does not
/// tell (no descriptor). Takes a few system calls; any thread.
[[nodiscard]] std::optional<std::vector<ip_address>> machine_addresses();

}  // namespace postrider::net
