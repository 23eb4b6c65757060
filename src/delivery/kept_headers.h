#pragma once

#include <postrider/event/endpoint.h>
#include <postrider/http/decoder.h>

#include <string>
#include <string_view>
#include <vector>

namespace postrider::delivery {

/// What the record of an attempt keeps of headers: `name: value` lines in their order, each with "\n", cut at
/// attempt_result::max_kept_headers bytes. Values that may be secret are `***`: of every header whose name
/// speaks of one (authorization, cookie, key, password, secret, token …), whoever set it.

/// Of a request as it was sent, from the request line on; also masked: what the endpoint's authentications
/// write.
[[nodiscard]] std::string kept_request_headers(std::string_view request,
                                               const std::vector<authentication>& authentications);

/// Of a response that has its header.
[[nodiscard]] std::string kept_response_headers(const http::response_decoder& response);

}  // namespace postrider::delivery
