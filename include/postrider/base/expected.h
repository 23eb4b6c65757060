#pragma once

#include <tl/expected.hpp>

namespace postrider {

/// A value or the reason why there is none. Expected failures are values; exceptions are bugs.
template <typename Value, typename Error>
using expected = tl::expected<Value, Error>;

template <typename Error>
using unexpected = tl::unexpected<Error>;

}  // namespace postrider
