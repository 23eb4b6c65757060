#pragma once

#include "store_context.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace postrider::queue {

/// `store::depths`.
[[nodiscard]] boost::asio::awaitable<std::vector<store::depth>> read_depths(
    std::shared_ptr<store_context> context, std::vector<std::string> queue_names);

}  // namespace postrider::queue
