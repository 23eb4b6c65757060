#pragma once

#include "daemon_client.h"

#include <optional>
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

/// A refusal in one line: status, code, what is wrong, and what to do where that is clear.
[[nodiscard]] std::string explain_refusal(const daemon_answer& answer);

}  // namespace postrider::cli
