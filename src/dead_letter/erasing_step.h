#pragma once

#include "job_step.h"

namespace postrider::dead_letter {

/// A step of `delete_event` and of `delete_tenant`: some dozens of calls. Both wait for what is in flight,
/// take it when it has ended, and look once more at the end, for deliveries move meanwhile. The surroundings
/// live until it ended.
[[nodiscard]] boost::asio::awaitable<step_result> erase_event(const job_runner::surroundings& around,
                                                              job job);
[[nodiscard]] boost::asio::awaitable<step_result> erase_tenant(const job_runner::surroundings& around,
                                                               job job);

}  // namespace postrider::dead_letter
