#include "config/keys.h"
#include "folder.h"
#include "pem_pair.h"

#include <postrider/retry/decision.h>

#include <regex>
#include <set>
#include <sstream>

namespace postrider::config {
namespace {

const std::string source = POSTRIDER_SOURCE_DIR;

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Fitting values for whatever the documentation takes from the environment.
std::optional<std::string> example_variable(const std::string& name) {
    if (name.find("SECRET") != std::string::npos) return good_secret;
    if (name.find("PORT") != std::string::npos) return std::nullopt;  // these have defaults
    return name + "-0123456789abcdef";
}

void expect_good(const std::string& file) {
    const auto loaded = load(file, example_variable);
    if (loaded) return;
    for (const auto& one : loaded.error())
        ADD_FAILURE() << one.to_string();
}

std::string replaced(std::string text, std::string_view from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::vector<std::string> yaml_blocks(const std::string& markdown) {
    std::vector<std::string> blocks;
    const std::string begin = "```yaml\n";
    for (auto at = markdown.find(begin); at != std::string::npos; at = markdown.find(begin, at)) {
        at += begin.size();
        blocks.push_back(markdown.substr(at, markdown.find("```", at) - at));
    }
    return blocks;
}

TEST(ConfigDocumentation, TheShippedFileHoldsTheDefaults) {
    const auto read = load(source + "/config/postrider.yaml", example_variable);
    ASSERT_TRUE(read) << read.error().at(0).to_string();
    EXPECT_EQ(read->ingest, defaults().ingest);
    EXPECT_EQ(read->admin, defaults().admin);
    EXPECT_EQ(read->redis, defaults().redis);
    EXPECT_EQ(read->access, defaults().access);
    EXPECT_EQ(read->egress, defaults().egress);
    EXPECT_EQ(read->audit, defaults().audit);
    EXPECT_EQ(read->limits, defaults().limits);
    EXPECT_EQ(read->log, defaults().log);
    EXPECT_TRUE(read->endpoints.empty());
}

TEST(ConfigDocumentation, TheShippedDefaultsOfEndpointsAreThoseWithoutThem) {
    const folder files;
    const auto text = content_of(source + "/config/postrider.yaml");
    const std::string list =
        "webhooks: [{id: a, url: \"https://h.org/\", events: [x], secret: " + std::string(good_secret) +
        "}]\n";
    const auto with = files.load_good(replaced(text, "\nwebhooks: []\n", "\n" + list));
    const auto without = files.load_good(list);
    EXPECT_EQ(*with.endpoints.at(0), *without.endpoints.at(0));
}

TEST(ConfigDocumentation, WhatIsCommentedOutInTheShippedFileWorksToo) {
    const folder files;
    const auto text = content_of(source + "/config/postrider.yaml");
    auto alive = std::regex_replace(
        text,
        std::regex("\n(  |)# ?( *)(url|- name|  token|  scopes|  tenant|- id|  url|  events|"
                   "  secret|max_age_seconds)(:)"),
        "\n$1$2$3$4");
    alive = replaced(alive, "tokens: []", "tokens:");
    alive = replaced(alive, "webhooks: []", "webhooks:");
    alive = replaced(alive, "\n  # max_age_seconds", "\n  max_age_seconds");
    const auto end = alive.find("# A file with one endpoint");
    ASSERT_NE(end, std::string::npos);
    files.write("alive.yaml", alive.substr(0, end));
    const auto read = load(files.path("alive.yaml"), example_variable);
    ASSERT_TRUE(read) << read.error().at(0).to_string();
    EXPECT_EQ(read->access.tokens.size(), 1U);
    EXPECT_TRUE(read->redis.url);
    EXPECT_EQ(read->endpoints.size(), 1U);
}

TEST(ConfigDocumentation, EveryKeyIsShownAndDescribed) {
    const auto shipped = content_of(source + "/config/postrider.yaml");
    const auto reference = content_of(source + "/docs/configuration.md");
    for (const auto list : all_keys()) {
        for (const auto key : list) {
            EXPECT_TRUE(std::regex_search(shipped, std::regex("(^|[\n {#-])" + std::string(key) + ":")))
                << key;
            EXPECT_NE(reference.find('`' + std::string(key)), std::string::npos) << key;
        }
    }
}

TEST(ConfigDocumentation, EveryExampleLoads) {
    std::size_t loaded = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source + "/config")) {
        if (entry.path().extension() != ".yaml") continue;
        expect_good(entry.path().string());
        ++loaded;
    }
    EXPECT_GE(loaded, 5U);
    const auto production = load(source + "/config/examples/production.yaml", example_variable);
    EXPECT_EQ(production->endpoints.size(), 4U);
}

TEST(ConfigDocumentation, EveryBlockOfTheReferenceLoads) {
    const folder files;
    const auto pair = make_pem_pair();
    files.write("bank.pem", pair.certificate);
    files.write("bank.key", pair.key);
    files.write("server.crt", pair.certificate);
    files.write("server.key", pair.key);
    files.write("operators.crt", pair.certificate);
    files.write("shop-token", "0123456789abcdef");
    files.write("ledger", "anything");
    files.write("postrider-key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n");
    const auto blocks = yaml_blocks(content_of(source + "/docs/configuration.md"));
    EXPECT_GE(blocks.size(), 7U);
    for (const auto& block : blocks) {
        const auto text = replaced(replaced(block, "/run/secrets/", files.path() + '/'), "/etc/postrider/",
                                   files.path() + '/');
        expect_good(files.write("block.yaml", text));
    }
}

}  // namespace
}  // namespace postrider::config
