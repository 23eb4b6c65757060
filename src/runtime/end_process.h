#pragma once

#include <exception>
#include <string_view>

namespace postrider::runtime {

/// Logs what nobody expected, writes the log out and aborts, so that a core shows the place.
[[noreturn]] void end_process(std::string_view name, const std::exception_ptr& reason) noexcept;

}  // namespace postrider::runtime
