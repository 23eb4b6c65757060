#pragma once

#include "signature_check.h"

#include <postrider/base/clock.h>
#include <postrider/http/message.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::cli {

/// How `listen` shows deliveries.
struct view_options {
    bool raw = false;      ///< the body to the byte, whatever is in it
    bool headers = false;  ///< every header, private ones masked
};

/// One request as `listen` took it.
struct delivery_view {
    std::size_t number = 0;  ///< from 1
    wall_time at;
    verdict checked;
    int answered = 0;  ///< status
    const http::request& request;
};

/// A line that says what came, then the headers if wanted, then the body, indented and laid out if it is
/// JSON, then an empty line:
///
///     #1 2026-01-31T12:00:00.123Z verified case.created evt_1 attempt 1, 64 bytes, answered 200
///         {
///           "id": "evt_1", …
///
/// Nothing in it can steer a terminal, unless `raw` is set.
[[nodiscard]] std::string render(const delivery_view& view, const view_options& options);

/// A body longer than this is shown up to here, unless `raw` is set.
inline constexpr std::size_t max_shown_bytes = 16384;

}  // namespace postrider::cli
