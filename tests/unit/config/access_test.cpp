#include "folder.h"

#include <postrider/base/digest.h>

namespace postrider::config {
namespace {

using lines = std::vector<std::string>;

TEST(ConfigAccess, KeepsOnlyTheDigest) {
    folder files;
    files.variables["TOKEN"] = "0123456789abcdef";
    const auto read = files.load_good(
        "listen: {ingest: 0.0.0.0:80, admin: \"[2001:db8::1]:81\"}\n"
        "access:\n  tokens:\n"
        "  - {name: shop, token: \"${TOKEN}\", scopes: [ingest, read], tenant: t}\n"
        "  - {name: all, token: fedcba9876543210, scopes: [admin]}\n");
    ASSERT_EQ(read.access.tokens.size(), 2U);
    EXPECT_EQ(read.access.tokens[0], (access::token{"shop", sha256({"0123456789abcdef"}), 3, "t"}));
    EXPECT_EQ(read.access.tokens[1], (access::token{"all", sha256({"fedcba9876543210"}), 4, std::nullopt}));
    const access::token_list list(read.access.tokens);
    EXPECT_NE(list.find("Bearer 0123456789abcdef", system_time()).who, nullptr);
}

TEST(ConfigAccess, ATokenBeingRotatedAndItsRate) {
    const folder files;
    const auto read = files.load_good(
        "access:\n  tokens:\n"
        "  - {name: shop, token: 0123456789abcdef, previous_token: fedcba9876543210,\n"
        "     previous_token_expires_at: 2026-12-31T00:00:00Z, scopes: [ingest],\n"
        "     rate_limit: {requests_per_second: 2.5}}\n"
        "  - {name: b, token: aaaaaaaaaaaaaaaa, previous_token: bbbbbbbbbbbbbbbb, scopes: [read]}\n");
    const auto& shop = read.access.tokens.at(0);
    ASSERT_TRUE(shop.previous);
    EXPECT_EQ(shop.previous->digest, sha256({"fedcba9876543210"}));
    EXPECT_EQ(to_rfc3339(*shop.previous->expires_at), "2026-12-31T00:00:00.000Z");
    EXPECT_EQ(shop.rate_limit, (rate_settings{2.5, 3}));
    EXPECT_FALSE(read.access.tokens.at(1).previous->expires_at);
    EXPECT_FALSE(read.access.tokens.at(1).rate_limit);
}

TEST(ConfigAccess, FaultsOfRotationAndRate) {
    const folder files;
    EXPECT_EQ(
        files.faults_of("access:\n  tokens:\n"
                        "  - {name: a, token: 0123456789abcdef, previous_token: 0123456789abcdef, scopes: "
                        "[read]}\n"
                        "  - {name: b, token: aaaaaaaaaaaaaaaa, previous_token: short, scopes: [read]}\n"
                        "  - {name: c, token: bbbbbbbbbbbbbbbb, previous_token_expires_at: "
                        "2026-12-31T00:00:00Z, scopes: [read]}\n"
                        "  - {name: d, token: cccccccccccccccc, scopes: [read], rate_limit: {burst: 5}}\n"
                        "  - {name: e, token: dddddddddddddddd, previous_token: aaaaaaaaaaaaaaaa, scopes: "
                        "[read]}\n"),
        (lines{
            "3:56: \"previous_token\" is the same as another token; each needs a value of its own",
            "4:56: \"previous_token\" is not a token; allowed are 16 to 512 visible ASCII characters",
            "5:67: \"previous_token_expires_at\" stands alone; allowed is it beside \"previous_token\"",
            "6:68: \"rate_limit\" lacks the key \"requests_per_second\"",
            "7:56: \"previous_token\" is the same as another token; each needs a value of its own",
        }));
}

TEST(ConfigAccess, Faults) {
    const folder files;
    EXPECT_EQ(files.faults_of("access:\n  tokens:\n"
                              "  - {name: a, token: 0123456789abcdef, scopes: [all]}\n"
                              "  - {name: a, token: 0123456789abcdef, scopes: []}\n"
                              "  - {name: b c, token: short, scopes: [read], tenant: \"\"}\n"
                              "  - {name: c, token: \"0123456789 abcdef\", scopes: read, skopes: []}\n"
                              "  - {}\n"
                              "  open_metrics: maybe\n"),
              (lines{
                  "3:49: an item of \"scopes\" is \"all\"; allowed is ingest, read or admin",
                  "4:12: \"name\" is the name of another token too; each needs one of its own",
                  "4:22: \"token\" is the same as another token; each needs a value of its own",
                  "4:48: \"scopes\" is empty; allowed are ingest, read and admin",
                  "5:12: \"name\" is \"b c\"; allowed is 1 to 64 letters, digits, '_' and '-'",
                  "5:24: \"token\" is not a token; allowed are 16 to 512 visible ASCII characters",
                  "5:55: \"tenant\" is \"\"; allowed is 1 to 64 letters, digits, '_' and '-'",
                  "6:22: \"token\" is not a token; allowed are 16 to 512 visible ASCII characters",
                  "6:51: \"scopes\" must be a list, such as [one, two]",
                  "6:57: unknown key \"skopes\"; the nearest known one is \"scopes\"; allowed here: name, "
                  "token, previous_token, previous_token_expires_at, scopes, tenant, rate_limit",
                  "7:5: an item of \"tokens\" lacks the key \"name\"",
                  "7:5: an item of \"tokens\" lacks the key \"scopes\"",
                  "7:5: an item of \"tokens\" lacks the key \"token\"",
                  "8:17: \"open_metrics\" is \"maybe\"; allowed is true or false",
              }));
}

}  // namespace
}  // namespace postrider::config
