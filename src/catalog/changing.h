#pragma once

#include "context.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>

namespace postrider::catalog {

/// The parts of `store` that change something, each by one script.
[[nodiscard]] store::answer<std::uint64_t> create_entry(context_ptr context, entry made, change who);
[[nodiscard]] store::answer<std::uint64_t> replace_entry(context_ptr context, entry after, entry before,
                                                         change who);
[[nodiscard]] store::answer<std::uint64_t> remove_entry(context_ptr context, std::string id,
                                                        std::string queue_name, change who);
[[nodiscard]] store::answer<store::standing_change> change_standing(context_ptr context,
                                                                    std::string queue_name, store::step what,
                                                                    std::string url_text, change who,
                                                                    std::string error);
/// The key for cursors; the first call of all makes it.
[[nodiscard]] store::answer<secret> take_cursor_key(context_ptr context);
[[nodiscard]] store::answer<store::sealing_pass> seal_anew(context_ptr context, std::size_t at_most);

}  // namespace postrider::catalog
