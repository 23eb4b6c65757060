#pragma once

#include <string>
#include <string_view>

namespace postrider::dispatch {

/// The endpoint of the queue `TENANT.ID`; neither part holds a point.
[[nodiscard]] inline std::string endpoint_id_of(std::string_view queue_name) {
    return std::string(queue_name.substr(queue_name.find('.') + 1));
}

}  // namespace postrider::dispatch
