#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/catalog/sealer.h>

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace postrider::catalog {
namespace {

secret key_of(char byte) {
    return secret(std::string(sealer::key_bytes, byte));
}

/// 1, 2, 3, …
class counting_random final : public random_source {
 public:
    std::uint64_t next() override { return ++count_; }

 private:
    std::uint64_t count_ = 0;
};

const std::string text = R"({"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})";

class sealer_test : public ::testing::Test {
 protected:
    std::string seal(std::string_view what = text, std::string_view context = "ep_1") {
        return one_.seal(what, context, random_);
    }
    sealer one_{{key_of('a')}};
    counting_random random_;
};

TEST_F(sealer_test, what_was_sealed_is_opened_and_cannot_be_read) {
    const std::string sealed = seal();
    EXPECT_EQ(sealed.find("whsec"), std::string::npos);
    const auto opened = one_.open(sealed, "ep_1");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), text);
}

TEST_F(sealer_test, the_form_is_format_key_id_nonce_text_and_tag) {
    const std::string sealed = seal();
    ASSERT_EQ(sealed.size(), 1 + 4 + 12 + text.size() + 16);
    EXPECT_EQ(sealed[0], 1);
    const auto digest = sha256({key_of('a').reveal()});
    EXPECT_EQ(to_hex(bytes_of(sealed.substr(1, 4))), to_hex(digest).substr(0, 8));
    EXPECT_EQ(to_hex(bytes_of(sealed.substr(5, 12))), "010000000000000002000000")
        << "two words of the source";
}

TEST_F(sealer_test, the_same_text_is_never_sealed_alike) {
    std::set<std::string> all;
    for (int times = 0; times < 100; ++times)
        all.insert(seal());
    EXPECT_EQ(all.size(), 100u);
}

TEST_F(sealer_test, an_empty_text_and_a_long_one_come_back) {
    for (const std::string& what : {std::string(), std::string(1, '\0'), std::string(300'000, 'x')}) {
        const auto opened = one_.open(seal(what), "ep_1");
        ASSERT_TRUE(opened) << what.size();
        EXPECT_EQ(opened->reveal(), what);
    }
}

TEST_F(sealer_test, another_context_is_refused) {
    const std::string sealed = seal();
    for (const char* context : {"ep_2", "", "ep_1 ", "p_1"}) {
        const auto opened = one_.open(sealed, context);
        ASSERT_FALSE(opened) << context;
        EXPECT_EQ(opened.error(), "it was changed since it was sealed, or belongs elsewhere");
    }
}

TEST_F(sealer_test, a_change_of_any_byte_is_refused) {
    const std::string sealed = seal();
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        std::string changed = sealed;
        changed[at] = static_cast<char>(changed[at] ^ 0x40);
        const auto opened = one_.open(changed, "ep_1");
        ASSERT_FALSE(opened) << at;
        EXPECT_EQ(opened.error().find("whsec"), std::string::npos);
    }
}

TEST_F(sealer_test, what_is_cut_or_lengthened_is_refused) {
    const std::string sealed = seal();
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(one_.open(sealed.substr(0, size), "ep_1")) << size;
    EXPECT_FALSE(one_.open(sealed + "x", "ep_1"));
}

TEST_F(sealer_test, an_unknown_key_is_named_by_its_id) {
    const sealer other({key_of('b'), key_of('c')});
    const auto opened = other.open(seal(), "ep_1");
    ASSERT_FALSE(opened);
    const auto id = to_hex(sha256({key_of('a').reveal()})).substr(0, 8);
    EXPECT_EQ(opened.error(), "it was sealed with a key that is not configured (key id " + id +
                                  "); put that key among encryption.previous_keys");
    EXPECT_FALSE(sealer({}).open(seal(), "ep_1"));
}

TEST_F(sealer_test, an_older_key_opens_and_the_first_one_seals) {
    const std::string old = seal();
    const sealer both({key_of('b'), key_of('a')});
    const auto opened = both.open(old, "ep_1");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), text);
    EXPECT_TRUE(both.is_outdated(old));
    const std::string anew = both.seal(text, "ep_1", random_);
    EXPECT_FALSE(both.is_outdated(anew));
    EXPECT_TRUE(sealer({key_of('b')}).open(anew, "ep_1"));
    EXPECT_FALSE(one_.is_outdated(old));
    EXPECT_FALSE(both.is_outdated("nonsense")) << "sealing it anew is not possible";
}

TEST_F(sealer_test, without_a_key_nothing_is_sealed) {
    const sealer none({});
    EXPECT_FALSE(none.can_seal());
    EXPECT_TRUE(one_.can_seal());
    EXPECT_THROW(static_cast<void>(none.seal(text, "ep_1", random_)), std::logic_error);
    EXPECT_FALSE(none.is_outdated(seal()));
}

TEST_F(sealer_test, a_key_of_another_size_is_a_bug) {
    EXPECT_THROW(sealer({secret("short")}), std::invalid_argument);
}

}  // namespace
}  // namespace postrider::catalog
