#pragma once

#include <postrider/access/permission.h>
#include <postrider/http/message.h>

#include <cstdint>

namespace postrider::http {

/// What the parts of a request say about its sender. Views into the request.
[[nodiscard]] access::credentials credentials_of(const request& request) noexcept;

/// The answer to who asks too often: 429 with `Retry-After`.
[[nodiscard]] response refuse_for_rate(std::int64_t seconds_to_wait);

/// The answer to who may not: 401 with `WWW-Authenticate`, or 403. Not for `refusal::none`.
[[nodiscard]] response refuse(access::refusal refusal);

}  // namespace postrider::http
