#include "sentinel_answer.h"

namespace postrider::redis {

std::optional<node_address> master_in(const reply_view& told) {
    const auto port = told[1].integer();
    if (told[0].text().empty() || !port || *port < 1 || *port > 65535) return std::nullopt;
    return node_address{std::string(told[0].text()), static_cast<std::uint16_t>(*port)};
}

}  // namespace postrider::redis
