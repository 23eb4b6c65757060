#pragma once

#include "context.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::catalog {

/// A change as the scripts take it, cut to fit.
struct recorded_change {
    std::string record;  ///< JSON: all of it but before and after
    std::string before;
    std::string after;
    std::string most;       ///< records
    std::string retention;  ///< milliseconds
};
/// Fills in what is empty: the action, and the target and tenant of an endpoint.
[[nodiscard]] recorded_change encode_change(const context& context, change& made, std::string_view action,
                                            std::string_view tenant, std::string_view target);
/// One line, once the store has it.
void log_change(const change& made);

/// The parts of `store` that are about the trail.
[[nodiscard]] store::answer<std::uint64_t> record_change(context_ptr context, change made);
[[nodiscard]] store::answer<std::uint64_t> trim_trail(context_ptr context);
[[nodiscard]] store::answer<trail_page> read_trail(context_ptr context, trail_filter filter,
                                                   std::string position, std::size_t limit);

}  // namespace postrider::catalog
