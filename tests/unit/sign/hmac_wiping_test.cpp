#include "support/canary.h"

#include <postrider/sign/hmac.h>

#include <optional>

namespace postrider::sign {
namespace {

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

TEST(hmac_wiping, leaves_no_copy_of_a_key_that_is_gone) {
    const memory::canary secret('K');
    {
        std::string text = secret.reveal();
        std::optional<hmac_sha256> key(std::in_place, text);
        explicit_bzero(text.data(), text.size());
        (void)key->compute({"text"});
        EXPECT_EQ(memory::copies_of(secret), 2U) << "its own, and the thread's";
        key.reset();
    }
    EXPECT_EQ(memory::copies_of(secret), 1U) << "else this test shows nothing";
    forget_last_key();
    EXPECT_EQ(memory::copies_of(secret), 0U);
    EXPECT_EQ(hmac_sha256("key").compute({"text"}), hmac_sha256("key").compute({"te", "xt"}));
}

#endif

}  // namespace
}  // namespace postrider::sign
