#include <postrider/base/encoding.h>
#include <postrider/base/random.h>

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace postrider {

namespace {

void fill(std::uint8_t* out, std::size_t size) {
    while (size > 0) {
        const auto got = ::getrandom(out, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            // Going on without randomness would make keys and tokens that can be guessed.
            std::fputs("postrider: the kernel gives no random bytes (getrandom failed)\n", stderr);
            std::abort();
        }
        out += got;
        size -= static_cast<std::size_t>(got);
    }
}

}  // namespace

std::uint64_t system_random::next() {
    if (used_ == std::size(words_)) {
        fill(reinterpret_cast<std::uint8_t*>(words_), sizeof(words_));
        used_ = 0;
    }
    return std::exchange(words_[used_++], 0);  // what was handed out may have become a key
}

std::string random_id(random_source& random) {
    const std::array words{random.next(), random.next()};
    std::array<std::uint8_t, sizeof(words)> bytes;
    std::memcpy(bytes.data(), words.data(), sizeof(words));
    return to_base64url(bytes);
}

}  // namespace postrider
