#pragma once

#include <postrider/base/expected.h>
#include <postrider/redis/reply.h>

#include <cstdint>

namespace postrider::redis {

/// Why a call has no reply.
enum class call_error : std::uint8_t {
    not_sent,  ///< no connection (of the wanted generation), or it has too much to do: surely not executed
    unknown_outcome,  ///< written, then the connection was lost: may have been executed
};
using call_result = expected<reply, call_error>;

}  // namespace postrider::redis
