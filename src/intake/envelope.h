#pragma once

#include "fault.h"
#include "json_scanner.h"

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::intake {

/// An event as a client posts it, checked field by field.
struct envelope {
    std::string type;
    std::string_view data;  ///< exactly as posted; views into the request's body
    std::string id;         ///< empty: not given
    std::string key;        ///< empty: not given
    std::string tenant;     ///< empty: not given
    std::optional<wall_time> timestamp;
};

/// Reads an event's members. The fault is 400 for a repeated one, else 422 with an error for each field that
/// is wrong. Pure.
[[nodiscard]] expected<envelope, fault> read_envelope(const std::vector<json_member>& members);

/// [A-Za-z0-9_-], 1 to `longest`.
[[nodiscard]] bool is_identifier(std::string_view text, std::size_t longest) noexcept;

}  // namespace postrider::intake
