#pragma once

#include "context.h"

#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <utility>
#include <vector>

namespace postrider::catalog {

/// What Redis did not answer, or answered with an error.
[[nodiscard]] fault unavailable(const redis::call_result& result);

/// A hash in slices of some 64 fields, so that no reply grows with the catalog. What is there from the first
/// slice to the last is met at least once.
struct slice {
    std::string next;  ///< the cursor; "0": that was all
    std::vector<std::pair<std::string, std::string>> fields;
};
[[nodiscard]] store::answer<slice> read_slice(context_ptr context, std::string key, std::string cursor);

}  // namespace postrider::catalog
