#pragma once

#include "job_view.h"
#include "route.h"

namespace postrider::admin {

/// Makes a job and answers 202 with it: 429 when as many run as may, 503 when Redis did not take it. All jobs
/// that a request asks for begin here, but the one of an endpoint's deletion. `asked` lives in the frame that
/// waits for it.
[[nodiscard]] boost::asio::awaitable<http::response> answer_with_job(const call& asked,
                                                                     dead_letter::job wanted);

}  // namespace postrider::admin
