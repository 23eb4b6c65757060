#include "folder.h"

#include <config/proxy.h>

namespace postrider::config {
namespace {

struct proxy_row {
    const char* text;
    http_url at;
    const char* credentials;
};

TEST(ConfigProxy, IsAnAddressAndPerhapsWhoWeAre) {
    const std::vector<proxy_row> rows{
        {"http://proxy:3128", {false, "proxy", false, 3128, "/"}, ""},
        {"HTTP://Proxy.Corp.Example:3128/", {false, "proxy.corp.example", false, 3128, "/"}, ""},
        {"http://proxy", {false, "proxy", false, 80, "/"}, ""},
        {"http://10.0.0.1:8080", {false, "10.0.0.1", true, 8080, "/"}, ""},
        {"http://[fd00::1]:8080", {false, "fd00::1", true, 8080, "/"}, ""},
        {"http://u:p@proxy:3128", {false, "proxy", false, 3128, "/"}, "Basic dTpw"},
        {"http://u:@proxy:3128", {false, "proxy", false, 3128, "/"}, "Basic dTo="},
        {"http://u:a%3Ab:c%25@proxy:1", {false, "proxy", false, 1, "/"}, "Basic dTphOmI6YyU="},
    };
    for (const auto& row : rows) {
        const auto proxy = parse_proxy(row.text);
        ASSERT_TRUE(proxy) << row.text;
        EXPECT_EQ(proxy->at, row.at) << row.text;
        EXPECT_EQ(proxy->credentials.reveal(), row.credentials) << row.text;
        EXPECT_FALSE(proxy->resolves_names);
    }
}

TEST(ConfigProxy, IsNothingThatTwoReadersCouldReadInTwoWays) {
    for (const auto* text : {"https://proxy:3128",
                             "socks5://proxy:1080",
                             "proxy:3128",
                             "http://",
                             "http://:3128",
                             "http://proxy:0",
                             "http://proxy:65536",
                             "http://proxy:3128/path",
                             "http://proxy:3128?x",
                             "http://proxy:3128#x",
                             "http://u@proxy:1",
                             "http://:p@proxy:1",
                             "http://u%3A:p@proxy:1",
                             "http://u:p@x@proxy:1",
                             "http://u:p/q@proxy:1",
                             "http://u:p?q@proxy:1",
                             "http://u:p%0d%0aX@proxy:1",
                             "http://u:p%@proxy:1",
                             "http://u:p%2@proxy:1",
                             "http://u:p%zz@proxy:1",
                             "http://127.1:3128",
                             "http://2130706433:3128",
                             "http://0x7f.1:3128",
                             "http://proxy.:3128",
                             "http://pro xy:3128",
                             "http://proxy\\evil:3128",
                             "http://%70roxy:3128"})
        EXPECT_FALSE(parse_proxy(text)) << text;
}

TEST(ConfigProxy, MayBeNoneAndMayComeFromOutside) {
    folder files;
    EXPECT_FALSE(files.load_good("egress: {proxy: \"\"}").egress.proxy);
    EXPECT_FALSE(files.load_good("egress: {proxy: \"${PROXY:-}\", proxy_resolves: true}").egress.proxy);
    files.variables["PROXY"] = "http://u:hush@proxy:3128";
    const auto read = files.load_good("egress: {proxy: \"${PROXY}\"}");
    ASSERT_TRUE(read.egress.proxy);
    EXPECT_EQ(read.egress.proxy->credentials.reveal(), "Basic dTpodXNo");
    files.write("secret", "http://proxy:3128\n");
    EXPECT_EQ(files.load_good("egress: {proxy: \"file:" + files.path("secret") + "\"}").egress.proxy->at.port,
              3128);
}

TEST(ConfigProxy, FaultsDoNotShowIt) {
    const folder files;
    for (const auto* text :
         {"egress: {proxy: \"http://u:hush@proxy:0\"}", "egress: {proxy: \"https://u:hush@proxy\"}"})
        for (const auto& fault : files.faults_of(text))
            EXPECT_EQ(fault.find("hush"), std::string::npos) << fault;
}

}  // namespace
}  // namespace postrider::config
