#pragma once

#include "store_context.h"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace postrider::queue {

/// `store::recover`.
[[nodiscard]] boost::asio::awaitable<bool> recover_partition(std::shared_ptr<store_context> context,
                                                             std::uint32_t partition);

}  // namespace postrider::queue
