#include "catalog/aes_gcm.h"

#include <postrider/base/encoding.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace postrider::catalog {
namespace {

std::string from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2)
        bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
    return bytes;
}

struct known_answer {
    const char* name;
    const char* key;
    const char* nonce;
    const char* bound;
    const char* text;
    const char* encrypted;  // ciphertext, then the tag
};

/// Test cases 13 to 16 of the GCM submission to NIST ("The Galois/Counter Mode of Operation", appendix B).
const known_answer nist[] = {
    {"case 13: nothing at all", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"case 14: one block of zeros", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"case 15: whole blocks", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5"
     "aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6"
     "3"
     "93ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c"},
    {"case 16: bound data, part of a block",
     "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5"
     "aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6"
     "3"
     "93ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
};

gcm_nonce nonce_of(const known_answer& known) {
    gcm_nonce nonce;
    const std::string bytes = from_hex(known.nonce);
    std::copy(bytes.begin(), bytes.end(), nonce.begin());
    return nonce;
}

TEST(aes_gcm, gives_the_known_answers) {
    for (const auto& known : nist) {
        SCOPED_TRACE(known.name);
        const secret key(from_hex(known.key));
        const std::string encrypted =
            encrypt_gcm(key, nonce_of(known), from_hex(known.bound), from_hex(known.text));
        EXPECT_EQ(to_hex(bytes_of(encrypted)), known.encrypted);
        const auto text = decrypt_gcm(key, nonce_of(known), from_hex(known.bound), encrypted);
        ASSERT_TRUE(text);
        EXPECT_EQ(text->reveal(), from_hex(known.text));
    }
}

TEST(aes_gcm, refuses_another_bound_data_key_nonce_or_tag) {
    const known_answer& known = nist[3];
    const secret key(from_hex(known.key));
    const std::string bound = from_hex(known.bound);
    const std::string encrypted = from_hex(known.encrypted);
    auto nonce = nonce_of(known);
    EXPECT_FALSE(decrypt_gcm(key, nonce, bound + "x", encrypted));
    EXPECT_FALSE(decrypt_gcm(secret(std::string(32, 'k')), nonce, bound, encrypted));
    EXPECT_FALSE(decrypt_gcm(key, nonce, bound, encrypted.substr(1)));
    EXPECT_FALSE(decrypt_gcm(key, nonce, bound, encrypted.substr(0, 15)));
    EXPECT_FALSE(decrypt_gcm(key, nonce, bound, ""));
    nonce[0] = static_cast<std::uint8_t>(nonce[0] ^ 1);
    EXPECT_FALSE(decrypt_gcm(key, nonce, bound, encrypted));
}

}  // namespace
}  // namespace postrider::catalog
