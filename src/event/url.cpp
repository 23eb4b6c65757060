#include <postrider/event/url.h>

namespace postrider {

std::string http_url::authority() const {
    const bool bracketed = host.find(':') != std::string::npos;
    std::string text = bracketed ? '[' + host + ']' : host;
    if (port != (tls ? 443 : 80)) text += ':' + std::to_string(port);
    return text;
}

std::string http_url::without_query() const {
    return (tls ? "https://" : "http://") + authority() + target.substr(0, target.find('?'));
}

}  // namespace postrider
