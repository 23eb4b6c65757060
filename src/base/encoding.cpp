#include <postrider/base/encoding.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdexcept>

namespace postrider {

namespace {

constexpr std::size_t largest_input = std::size_t{1} << 30;  // the crypto library counts in int

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text(bytes.size() * 2, '\0');
    auto out = text.begin();
    for (const auto byte : bytes) {
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    return text;
}

std::string to_base64(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > largest_input) throw std::length_error("base64 of more than 1 GiB");
    std::string text((bytes.size() + 2) / 3 * 4, '\0');
    // It also writes a NUL behind the text, where a string has one anyway.
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                    static_cast<int>(bytes.size()));
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.empty()) return std::string();
    if (text.size() % 4 != 0 || text.size() > largest_input) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int written =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bool good = written == static_cast<int>(bytes.size());
    if (good) {
        bytes.resize(bytes.size() - padding);
        // The decoder skips blanks and ignores spare bits: only what encodes back to itself is canonical.
        std::string again = to_base64(bytes_of(bytes));
        good = again == text;
        OPENSSL_cleanse(again.data(), again.size());
    }
    if (good) return bytes;
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return std::nullopt;
}

std::string to_base64url(std::span<const std::uint8_t> bytes) {
    static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text((bytes.size() * 4 + 2) / 3, '\0');
    auto out = text.begin();
    for (; bytes.size() >= 3; bytes = bytes.subspan(3)) {
        const std::uint32_t bits =
            std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]};
        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = digits[bits >> 6 & 63];
        *out++ = digits[bits & 63];
    }
    if (bytes.empty()) return text;
    // One byte is left or two: two digits or three, the last filled up with zeros.
    const std::uint32_t first = bytes[0];
    const std::uint32_t second = bytes.size() > 1 ? bytes[1] : 0;
    *out++ = digits[first >> 2];
    *out++ = digits[(first << 4 | second >> 4) & 63];
    if (bytes.size() > 1) *out = digits[second << 2 & 63];
    return text;
}

}  // namespace postrider
