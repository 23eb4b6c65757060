#pragma once

#include "connection.h"

#include <postrider/event/attempt.h>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>

namespace postrider::delivery {

/// A request that went out over a connection, and what came back so far; what is read of it lies in the
/// connection's decoder.
struct exchange {
    milliseconds limit{0};  ///< for the whole of it
    boost::system::error_code
        error;  ///< what reading ended with; none: the decoder said so, or the bound was reached
    std::size_t received = 0;
    bool complete = false;  ///< a whole response
    bool read = false;      ///< reading ended
    bool writing = false;   ///< beside the reading
    bool written = false;   ///< the whole request
};

/// Why no complete header block came.
struct exchange_failure {
    transport_error error;
    std::string detail;
};
[[nodiscard]] exchange_failure explain(const connection& with, const exchange& ended);

}  // namespace postrider::delivery
