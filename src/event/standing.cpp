#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/event/standing.h>

namespace postrider {

std::string url_mark(std::string_view url_text) {
    if (url_text.find('?') == std::string_view::npos) return std::string(url_text);
    return "sha256:" + to_hex(sha256({url_text}));
}

std::string digest_of_url(std::string_view url_text) {
    return to_base64url(sha256({url_text}));
}

bool awaits_verification(const endpoint& endpoint, const standing& standing) {
    return endpoint.verification == verification::challenge &&
           standing.verified_url != digest_of_url(endpoint.url_text);
}

}  // namespace postrider
