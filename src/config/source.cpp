#include "source.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace postrider::config {
namespace {

/// A descriptor that closes itself.
class open_file {
 public:
    explicit open_file(const std::string& path)
        : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~open_file() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
    int descriptor_;
};

unexpected<std::string> failed(int error) {
    return unexpected<std::string>("cannot be read: " + std::generic_category().message(error));
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// The bytes of the UTF-8 character at the front, 0 when there is none; overlong forms and surrogates are
/// none.
std::size_t character_length(std::string_view text) noexcept {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!is_continuation(text[i])) return 0;
    const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0U;
    const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                       (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return wrong ? 0 : length;
}

bool is_control(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

}  // namespace

expected<std::string, std::string> read_file(const std::string& path, std::size_t most) {
    const open_file file(path);
    if (file.get() < 0) return failed(errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return failed(errno);
    if (!S_ISREG(status.st_mode)) return unexpected<std::string>("is not a regular file");
    std::string content;
    char block[16384];
    for (;;) {
        const auto got = ::read(file.get(), block, sizeof(block));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(errno);
        if (got == 0) break;
        content.append(block, static_cast<std::size_t>(got));
        if (content.size() > most)
            return unexpected<std::string>("is too large; allowed are " + std::to_string(most) + " bytes");
    }
    OPENSSL_cleanse(block, sizeof(block));  // it may be the file of a secret
    return content;
}

std::size_t find_unprintable(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const auto length = character_length(text.substr(at));
        if (length == 0 || is_control(text[at])) return at;
        at += length;
    }
    return std::string_view::npos;
}

}  // namespace postrider::config
