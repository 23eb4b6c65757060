#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/event/standing.h>

namespace postrider {

std::string url_mark(std::string_view url_text) {
    if (url_text.find('?') == std::string_view::npos) return std::string(url_text);
    return "sha256:" + to_hex(sha256({url_text}));
}

}  // namespace postrider
