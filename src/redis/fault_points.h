#pragma once

namespace postrider::redis::fault_points {

/// Where a process may be killed between Redis and what is made of its answers. Only in `postrider_dying`,
/// which the tests build under POSTRIDER_FAULT_POINTS (tests/fault/dying.cpp), is there anything behind
/// these.
#ifdef POSTRIDER_FAULT_POINTS
void before_call() noexcept;  ///< the next call is about to be written
void after_reply() noexcept;  ///< a reply was read, and nobody was told
#else
inline void before_call() noexcept {}
inline void after_reply() noexcept {}
#endif

}  // namespace postrider::redis::fault_points
