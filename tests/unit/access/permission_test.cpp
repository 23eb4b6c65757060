#include "standing_clock.h"

#include <postrider/access/permission.h>

#include <gtest/gtest.h>

namespace postrider::access {
namespace {

token make(std::string name, std::string_view text, scope allowed) {
    token made;
    made.name = std::move(name);
    made.digest = sha256({text});
    made.scopes = static_cast<std::uint8_t>(allowed);
    return made;
}

token_list two_tokens() {
    return token_list({make("shop", "shop-token-0123456789", scope::ingest),
                       make("ops", "ops-token-0123456789", scope::admin)});
}

refusal ask(const token_list& tokens, std::string_view authorization, scope wanted) {
    return permit({authorization, "api.example.com", {}}, tokens, wanted, today).why;
}

TEST(token_list, finds_by_the_exact_token_whatever_the_case_of_the_scheme) {
    const auto tokens = two_tokens();
    ASSERT_NE(tokens.find("Bearer shop-token-0123456789", today).who, nullptr);
    EXPECT_EQ(tokens.find("bEARER shop-token-0123456789", today).who->name, "shop");
}

TEST(token_list, unknown_wrong_and_malformed_are_alike) {
    const auto tokens = two_tokens();
    for (const auto* text :
         {"", "Bearer", "Bearer ", "Bearer  shop-token-0123456789", "Bearer shop-token-012345678",
          "Basic shop-token-0123456789", "shop-token-0123456789", "Bearer shop-token-0123456789 "}) {
        EXPECT_EQ(tokens.find(text, today).who, nullptr) << text;
    }
}

TEST(permit, admin_includes_the_other_scopes_and_ingest_does_not) {
    const auto tokens = two_tokens();
    EXPECT_EQ(ask(tokens, "Bearer ops-token-0123456789", scope::read), refusal::none);
    EXPECT_EQ(ask(tokens, "Bearer shop-token-0123456789", scope::ingest), refusal::none);
    EXPECT_EQ(ask(tokens, "Bearer shop-token-0123456789", scope::read), refusal::missing_scope);
    EXPECT_EQ(ask(tokens, "Bearer nobody", scope::ingest), refusal::unauthenticated);
}

TEST(permit, without_tokens_dns_rebinding_finds_no_open_door) {
    const token_list open;
    const auto by_host = [&](std::string_view host) {
        return permit({{}, host, {}}, open, scope::admin, today).why;
    };
    for (const auto* host :
         {"localhost", "localhost:8081", "127.0.0.1:8081", "127.9.9.9", "[::1]:8081", "[::1]"}) {
        EXPECT_EQ(by_host(host), refusal::none) << host;
    }
    for (const auto* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1",
                             "", "[::2]", "localhost:", "localhost:80x", "[::1]x", "[::1]x80", "[::1] 80"}) {
        EXPECT_EQ(by_host(host), refusal::foreign_host) << host;
    }
}

TEST(permit, without_tokens_web_pages_of_another_origin_are_refused) {
    const token_list open;
    const auto by_origin = [&](std::string_view origin) {
        return permit({{}, "localhost", origin}, open, scope::admin, today).why;
    };
    EXPECT_EQ(by_origin("http://localhost:8081"), refusal::none);
    EXPECT_EQ(by_origin("http://127.0.0.1:3000"), refusal::none);
    EXPECT_EQ(by_origin("https://evil.example"), refusal::foreign_origin);
    EXPECT_EQ(by_origin("null"), refusal::foreign_origin);
}

}  // namespace
}  // namespace postrider::access
