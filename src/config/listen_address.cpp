#include <postrider/config/config.h>

namespace postrider::config {

bool listen_address::is_loopback() const {
    if (host == "localhost") return true;
    const auto address = ip_address::parse(host);
    if (!address) return false;
    if (!address->v6) return address->bytes[0] == 127;
    static const auto v6_loopback = ip_address::parse("::1");
    return address == v6_loopback;
}

std::string listen_address::to_string() const {
    const bool bracketed = host.find(':') != std::string::npos;
    return (bracketed ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace postrider::config
