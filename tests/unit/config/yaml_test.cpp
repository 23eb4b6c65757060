#include "folder.h"

namespace postrider::config {
namespace {

using lines = std::vector<std::string>;

TEST(ConfigYaml, SyntaxFaultsHaveAPlace) {
    const folder files;
    const std::vector<std::pair<std::string, std::string>> rows{
        {"webhooks: [", "2:1: not valid YAML: end of sequence flow not found"},
        {"a: b: c\n", "1:5: not valid YAML: illegal map value"},
        {"webhooks:\n  - *nothing\n", "2:5: not valid YAML: the referenced anchor is not defined"},
        {"redis: {prefix: \"abc\n", "2:1: not valid YAML: a quoted text never ends"},
        {"redis: {prefix: 'abc", "2:1: not valid YAML: a quoted text never ends"},
        {"\t- x", "1:2: not valid YAML: illegal block entry"},
        {"just text", "1:1: a configuration must be a map, such as webhooks: […]"},
        {"- a\n", "1:1: a configuration must be a map, such as webhooks: […]"},
        {std::string("listen:\n  \0x", 12),
         "2:3: a byte that is no printable UTF-8; allowed are UTF-8 text, tabs and line ends"},
        {"# \x04\n", "1:3: a byte that is no printable UTF-8; allowed are UTF-8 text, tabs and line ends"},
        {"\n# \xc3\x28\n",
         "2:3: a byte that is no printable UTF-8; allowed are UTF-8 text, tabs and line ends"},
        {"# \xed\xa0\x80",
         "1:3: a byte that is no printable UTF-8; allowed are UTF-8 text, tabs and line ends"},
        {"listen: {}\n---\nredis: {}\n", "2:1: a second YAML document begins here; allowed is one in a file"},
        {"listen: !map {}\n", "1:9: the value has a YAML tag (!…); allowed are plain values without one"},
        {"? [a]\n: b\n", "1:3: a key is no text; allowed are names as keys"},
        {"defaults: &x {headers: *x}",
         "1:24: the alias stands inside what it names; an alias may only repeat what is complete"},
        {std::string(5000, '{'), "1:32: not valid YAML: nested deeper than 32 levels"},
        {"<<: 5\n", "1:1: \"<<\" must name a map, or a list of maps, by alias"},
    };
    for (const auto& [text, fault] : rows) {
        const auto faults = files.faults_of(text);
        ASSERT_FALSE(faults.empty()) << text;
        EXPECT_EQ(faults.front(), fault) << text;
    }
}

TEST(ConfigYaml, ADocumentMayHaveItsMarks) {
    const folder files;
    for (const auto* text :
         {"---\nredis: {prefix: x}\n...\n", "%YAML 1.2\n---\nredis: {prefix: x}\n...\n...\n# end",
          "redis: {prefix: x} # end", "redis:\n  prefix: >-\n    x\n", "redis:\n  prefix: |-\n    x"})
        EXPECT_EQ(files.load_good(text).redis.prefix, "x") << text;
}

TEST(ConfigYaml, AliasesThatMultiplyAreBounded) {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int n = 0; n < 9; ++n)
            text += ", " + before;
        text += "]\n";
    }
    const folder files;
    bool found = false;
    for (const auto& one : files.faults_of(text))
        found = found || one.find("aliases make more than 5,000,000 values") != std::string::npos;
    EXPECT_TRUE(found);
}

TEST(ConfigYaml, AnchorsAliasesAndMergeKeys) {
    const folder files;
    const auto read = files.load_good(std::string(R"(
webhooks:
  - &first
    id: one
    url: https://h.org/
    events: &types [a, b]
    secret: )") + good_secret + R"(
    concurrency: 3
    timeout: &patient {read_seconds: 60, connect_seconds: 6}
  - <<: *first
    id: two
    timeout: {<<: *patient, connect_seconds: 7}
  - id: three
    url: https://h.org/3
    events: *types
    <<: [{concurrency: 5}, *first]
)");
    ASSERT_EQ(read.endpoints.size(), 3U);
    EXPECT_EQ(read.endpoints[1]->id, "two");
    EXPECT_EQ(read.endpoints[1]->concurrency, 3U);
    EXPECT_EQ(read.endpoints[1]->timeout, (timeout_settings{milliseconds(7000), milliseconds(60000)}));
    EXPECT_EQ(read.endpoints[2]->url.target, "/3");
    EXPECT_EQ(read.endpoints[2]->events, (lines{"a", "b"}));
    EXPECT_EQ(read.endpoints[2]->concurrency, 5U);
}

TEST(ConfigYaml, TextsThatLookLikeSomethingElse) {
    const folder files;
    const auto read = files.load_good(
        std::string("webhooks: [{id: 007, url: \"https://h.org/\", events: [1.0, true, 2026], "
                    "description: \"~\", secret: ") +
        good_secret + "}]");
    EXPECT_EQ(read.endpoints[0]->id, "007");
    EXPECT_EQ(read.endpoints[0]->events, (lines{"1.0", "true", "2026"}));
    EXPECT_EQ(read.endpoints[0]->description, "~");
    EXPECT_EQ(files.faults_of("redis: {prefix: ~}"), lines{"1:9: \"prefix\" has no value"});
}

TEST(ConfigYaml, JsonIsYaml) {
    const folder files;
    const auto read = files.load_good(
        std::string("{\n \"webhooks\": [\n  {\n   \"id\": \"a\",\n   \"url\": \"https://h.org/\",\n"
                    "   \"events\": [\n    \"**\"\n   ],\n   \"enabled\": false,\n   \"secret\": \"") +
        good_secret + "\"\n  }\n ]\n}\n");
    EXPECT_FALSE(read.endpoints.at(0)->enabled);
}

}  // namespace
}  // namespace postrider::config
