#include <postrider/base/digest.h>
#include <postrider/base/secret.h>

#include <openssl/crypto.h>

#include <utility>

namespace postrider {

namespace {

/// Wipes all that the string ever held here: a move out of a short string leaves its characters behind,
/// and an assignment of a shorter text leaves the end of the longer one.
void wipe_all(std::string& text) noexcept {
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace

secret::secret(std::string text) : text_(std::move(text)) {
    wipe_all(text);
}

secret::secret(secret&& other) noexcept : text_(std::move(other.text_)) {
    other.wipe();
}

secret& secret::operator=(const secret& other) {
    if (this != &other) *this = secret(other);
    return *this;
}

secret& secret::operator=(secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
    return *this;
}

secret::~secret() {
    wipe();
}

bool operator==(const secret& left, const secret& right) noexcept {
    return equal_constant_time(left.text_, right.text_);
}

void secret::wipe() noexcept {
    wipe_all(text_);
}

}  // namespace postrider
