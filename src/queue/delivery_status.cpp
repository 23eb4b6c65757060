#include <postrider/queue/inspection.h>

#include <array>

namespace postrider::queue {

namespace {

struct status_name {
    delivery_status status;
    std::string_view name;
};
constexpr std::array status_names{status_name{delivery_status::pending, "pending"},
                                  status_name{delivery_status::delivering, "delivering"},
                                  status_name{delivery_status::retrying, "retrying"},
                                  status_name{delivery_status::delivered, "delivered"},
                                  status_name{delivery_status::dead, "dead"},
                                  status_name{delivery_status::expired, "expired"}};

}  // namespace

std::string_view to_string(delivery_status status) noexcept {
    for (const auto& known : status_names)
        if (known.status == status) return known.name;
    return "";
}

std::optional<delivery_status> delivery_status_of(std::string_view text) noexcept {
    for (const auto& known : status_names)
        if (known.name == text) return known.status;
    return std::nullopt;
}

}  // namespace postrider::queue
