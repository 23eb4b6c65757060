#include "request_buffer.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace postrider::delivery {
namespace {

constexpr std::size_t most_kept_bytes = 64UL * 1024;

}  // namespace

void request_buffer::swap(request_buffer& other) noexcept {
    text.swap(other.text);
    std::swap(credentials_end, other.credentials_end);
}

void request_buffer::clear() {
    if (credentials_end > 0) OPENSSL_cleanse(text.data(), std::min(credentials_end, text.size()));
    credentials_end = 0;
    text.clear();
    if (text.capacity() > most_kept_bytes) text.shrink_to_fit();
}

}  // namespace postrider::delivery
