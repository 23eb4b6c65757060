#pragma once

#include "context.h"
#include "scripts.h"

#include <postrider/redis/client.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace postrider::catalog {

template <typename... Arguments>
redis::command compose(script script, std::string_view count_of_keys, const Arguments&... arguments) {
    return redis::command("EVALSHA", text_of(script).sha1, count_of_keys, arguments...);
}

[[nodiscard]] fault fault_of(std::string_view answer);
[[nodiscard]] store::answer<redis::reply> run(context_ptr context, script script, redis::command call);
/// Of a script that answers a number.
[[nodiscard]] store::answer<std::uint64_t> run_for_number(context_ptr context, script script,
                                                          redis::command call);

}  // namespace postrider::catalog
