#include "support/canary.h"

#include <postrider/sign/hmac.h>

#include <array>
#include <memory>
#include <string>

namespace postrider::sign {
namespace {

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/// On the heap, as nobody looks at the stack, and not where the allocator writes into what is given back.
struct kept_key {
    explicit kept_key(const std::string& text) : key(text) {}
    std::array<char, 64> before{};
    hmac_sha256 key;
};

TEST(hmac_wiping, leaves_no_copy_of_a_key_that_is_gone) {
    const memory::canary secret('K');
    {
        std::string text = secret.reveal();
        auto kept = std::make_unique<kept_key>(text);
        explicit_bzero(text.data(), text.size());
        (void)kept->key.compute({"text"});
        EXPECT_EQ(memory::copies_of(secret), 1U) << "else this test shows nothing";
        kept.reset();
    }
    EXPECT_EQ(memory::copies_of(secret), 0U);
    EXPECT_EQ(hmac_sha256("key").compute({"text"}), hmac_sha256("key").compute({"te", "xt"}));
}

#endif

}  // namespace
}  // namespace postrider::sign
