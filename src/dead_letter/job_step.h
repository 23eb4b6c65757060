#pragma once

#include <postrider/dead_letter/job.h>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace postrider::dead_letter {

/// What came of one step: the job after it, and whether there was something to do.
struct step_result {
    job after;
    bool progressed = true;     ///< false: it waits for others, look again later
    queue::read_fault trouble;  ///< text not empty: the job is as before
};

/// One step: at most 256 letters. Repeating a step that was not saved is harmless: what was moved is not
/// moved twice, and only counts less. The surroundings live until it ended.
[[nodiscard]] boost::asio::awaitable<step_result> take_step(const job_runner::surroundings& around, job job);

/// What steps end with: go on at once, or when others have done their part; the trouble, with the job as it
/// was before; the end of the job.
[[nodiscard]] step_result go_on(job after);
[[nodiscard]] step_result wait_for_others(job after);
[[nodiscard]] step_result failed_read(job before, queue::read_fault fault);
[[nodiscard]] step_result end(job after);

}  // namespace postrider::dead_letter
