#include "folder.h"

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace postrider::config {
namespace {

const std::string good = std::string(R"(listen: {ingest: 127.0.0.1:0, admin: "[::1]:0"}
redis: &r {durability: everysec, partitions: 8, lease_seconds: 2.5}
access:
  tokens:
    - {name: shop, token: "0123456789abcdef", scopes: [ingest, read], tenant: t}
egress: {allow_cidrs: [10.0.0.0/8], allow_ports: [9443], dns_servers: ["10.0.0.2:53"]}
limits:
  max_body_bytes: ${N:-1000}
defaults: &d
  timeout: {connect_seconds: 1.5}
  retry: {schedule: [{delay_seconds: 1}, {delay_seconds: 2}], jitter: false}
webhooks:
  - <<: *d
    id: one
    url: "https://h.org:9443/x?y=%20"
    events: [case.created, "invoice.*", '**']
    headers:
      X-A: "1"
      X-B: >-
        folded
    secrets:
      - {secret: )") + good_secret +
                         R"(}
      - secret: )" + good_secret +
                         R"(
        expires_at: 2026-01-31T12:00:00.5+01:00
  - id: two
    url: https://[2606:4700::1111]/
    events: ["**"]
    authentication: [{type: bearer, token: t}, {type: hmac_sha256, secret: s}]
)";

/// Either settings or faults, each in the file and with a text.
void check_answer(const folder& files, const std::string& text) {
    const auto loaded = files.load_text(text);
    if (loaded) return;
    RC_ASSERT(!loaded.error().empty());
    for (const auto& one : loaded.error()) {
        RC_ASSERT(!one.message.empty());
        RC_ASSERT(!one.file.empty());
        RC_ASSERT((one.line == 0) == (one.column == 0));
    }
}

RC_GTEST_PROP(ConfigTotal, RandomBytes, ()) {
    static const folder files;
    check_answer(files, *rc::gen::resize(400, rc::gen::container<std::string>(rc::gen::arbitrary<char>())));
}

RC_GTEST_PROP(ConfigTotal, RandomYamlCharacters, ()) {
    static const folder files;
    static const std::string alphabet = "ab:  -[]{}&*!|>'\"%@`,?#\n\n\t<~.0$\\";
    check_answer(files, *rc::gen::resize(200, rc::gen::container<std::string>(rc::gen::elementOf(alphabet))));
}

RC_GTEST_PROP(ConfigTotal, MutationsOfAGoodFile, ()) {
    static const folder files;
    static const std::string alphabet = "ab:  -[]{}&*!|>'\"%,?#\n\t~.09$\x80\xff";
    auto text = good;
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        const auto length = *rc::gen::inRange<std::size_t>(0, 20);
        switch (*rc::gen::inRange(0, 4)) {
            case 0:
                text[at] = *rc::gen::elementOf(alphabet);
                break;
            case 1:
                text.insert(at, 1, *rc::gen::elementOf(alphabet));
                break;
            case 2:
                text.erase(at, std::min(length, text.size() - at - 1));
                break;
            default:
                text.insert(*rc::gen::inRange<std::size_t>(0, text.size()), text.substr(at, length));
        }
    }
    check_answer(files, text);
}

TEST(ConfigTotal, TheGoodFileIsGood) {
    const folder files;
    EXPECT_EQ(files.load_good(good).endpoints.size(), 2U);
}

TEST(ConfigTotal, EveryBeginningOfAGoodFile) {
    const folder files;
    for (std::size_t length = 0; length <= good.size(); ++length)
        check_answer(files, good.substr(0, length));
}

}  // namespace
}  // namespace postrider::config
