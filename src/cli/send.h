#pragma once

#include <string>

namespace postrider::cli {

struct event_options {
    std::string type;
    std::string data = "{}";  ///< JSON, put into the request as it is
    std::string id{};         ///< the rest: empty leaves the field out
    std::string key{};
    std::string tenant{};
};

/// The body of `POST /api/events`.
[[nodiscard]] std::string render_event(const event_options& event);

}  // namespace postrider::cli
