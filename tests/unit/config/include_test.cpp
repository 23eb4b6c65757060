#include "folder.h"

namespace postrider::config {
namespace {

using lines = std::vector<std::string>;

std::string endpoint_text(const std::string& id, const std::string& more = {}) {
    return "webhooks: [{id: " + id + ", url: \"https://h.org/\", events: [x], secret: " + good_secret + more +
           "}]\n";
}

lines ids(const settings& settings) {
    lines names;
    for (const auto& one : settings.endpoints)
        names.push_back(one->id);
    return names;
}

TEST(ConfigInclude, ReadsMatchesInTheOrderOfTheirNames) {
    const folder files;
    files.write("d/b.yaml", endpoint_text("b"));
    files.write("d/a.yaml", endpoint_text("a") + "include: [deeper/*.yaml]\n");
    files.write("d/deeper/c.yaml", endpoint_text("c"));
    files.write("d/other.txt", "not: read");
    files.write("d/folder.yaml/x", "not: read");
    files.write("one.yaml", endpoint_text("one"));
    const auto read = files.load_good(endpoint_text("main") +
                                      "include: [\"d/*.yaml\", one.yaml, \"none/*.yaml\", \"d/a.*\"]\n");
    EXPECT_EQ(ids(read), (lines{"main", "a", "c", "b", "one"}));
    EXPECT_EQ(read.files, (lines{files.path(), files.path("c.yaml"), files.path("d"), files.path("d/a.yaml"),
                                 files.path("d/b.yaml"), files.path("d/deeper"),
                                 files.path("d/deeper/c.yaml"), files.path("none"), files.path("one.yaml")}));
}

TEST(ConfigInclude, WatchesTheFolderBeforeTheFirstWildcard) {
    const folder files;
    files.write("t1/s.yaml", endpoint_text("one"));
    const auto read = files.load_good("include: [\"t*/s.yaml\", \"" + files.path("x?/y/*.yaml") + "\"]\n");
    EXPECT_EQ(read.files,
              (lines{files.path(), files.path("c.yaml"), files.path("t1"), files.path("t1/s.yaml")}));
}

TEST(ConfigInclude, TakesFoldersWithOddNames) {
    const folder files;
    files.write("a[1]*/c.yaml", "include: [\"d/*.yaml\"]");
    files.write("a[1]*/d/x.yaml", endpoint_text("x"));
    const auto read = files.load_file("a[1]*/c.yaml");
    ASSERT_TRUE(read);
    EXPECT_EQ(ids(*read), lines{"x"});
}

TEST(ConfigInclude, DefaultsComeDownAndDoNotGoUp) {
    const folder files;
    files.write("d/a.yaml", "defaults: {concurrency: 2}\n" + endpoint_text("a"));
    files.write("d/b.yaml", endpoint_text("b", ", concurrency: 9"));
    const auto read = files.load_good("defaults: {concurrency: 1, tenant: t}\ninclude: [\"d/*\"]\n" +
                                      endpoint_text("main"));
    EXPECT_EQ(ids(read), (lines{"main", "a", "b"}));
    EXPECT_EQ(read.endpoints[0]->concurrency, 1U);
    EXPECT_EQ(read.endpoints[1]->concurrency, 2U);
    EXPECT_EQ(read.endpoints[2]->concurrency, 9U);
    for (const auto& one : read.endpoints)
        EXPECT_EQ(one->tenant, "t");
}

TEST(ConfigInclude, Faults) {
    const folder files;
    files.write("d/a.yaml", "redis: {}\nwebhoks: []\n");
    files.write("d/b.yaml", "[1]");
    files.write("d/c.yaml", "a: [");
    EXPECT_EQ(files.faults_of("include: [missing.yaml, \"d/*.yaml\", \"\", d]\n"),
              (lines{
                  "1:11: an item of \"include\" is \"missing.yaml\"; allowed is a file that exists, or a "
                  "pattern with a "
                  "wildcard, which may match nothing",
                  "1:37: an item of \"include\" is empty; allowed are paths and patterns such as "
                  "subscriptions.d/*.yaml",
                  "d/a.yaml:1:1: \"redis\" belongs into the main file; an included one may have include, "
                  "defaults, webhook "
                  "and webhooks",
                  "d/a.yaml:2:1: unknown key \"webhoks\"; the nearest known one is \"webhooks\"; allowed "
                  "here: include, "
                  "defaults, webhook, webhooks",
                  "d/b.yaml:1:1: an included file must be a map with the keys: include, defaults, webhook, "
                  "webhooks",
                  "d/c.yaml:2:1: not valid YAML: end of sequence flow not found",
                  "d: the file is not a regular file",
              }));
}

TEST(ConfigInclude, CirclesAreRefused) {
    const folder files;
    EXPECT_EQ(files.faults_of("include: [c.yaml]"),
              lines{"1:11: an item of \"include\" leads back to c.yaml, which is being read; includes must "
                    "not go round in a "
                    "circle"});
    EXPECT_EQ(files.faults_of("include: [\"*.yaml\"]").size(), 1U);
    files.write("d/a.yaml", "include: [b.yaml]");
    files.write("d/b.yaml", "include: [../d/a.yaml]");
    EXPECT_EQ(files.faults_of("include: [d/a.yaml]"),
              lines{"d/b.yaml:1:11: an item of \"include\" leads back to d/../d/a.yaml, which is being read; "
                    "includes must not "
                    "go round in a circle"});
}

TEST(ConfigInclude, DepthIsBounded) {
    const folder files;
    for (int i = 0; i < 20; ++i)
        files.write("f" + std::to_string(i) + ".yaml", "include: [f" + std::to_string(i + 1) + ".yaml]");
    const auto faults = files.faults_of("include: [f0.yaml]");
    EXPECT_EQ(faults,
              lines{"f15.yaml:1:11: an item of \"include\" is nested too deep; allowed are 16 levels"});
}

TEST(ConfigInclude, OneIdInTwoFilesNamesBothPlaces) {
    const folder files;
    files.write("d/a.yaml", endpoint_text("same", ", tenant: other"));
    files.write("d/same.yaml", std::string("webhook:\n  url: https://h.org/\n  events: [x]\n  secret: ") +
                                   good_secret + "\n");
    EXPECT_EQ(files.faults_of(endpoint_text("same") + "include: [\"d/*.yaml\"]\n"),
              (lines{"d/a.yaml:1:17: the endpoint's id \"same\" is taken already, at c.yaml:1:17; allowed is "
                     "each id once over "
                     "all files and tenants",
                     "d/same.yaml:2:3: the endpoint's id \"same\" is taken already, at c.yaml:1:17; allowed "
                     "is each id once "
                     "over all files and tenants"}));
}

TEST(ConfigInclude, TheMainFileMustBeThere) {
    const folder files;
    const auto read = files.load_file("missing.yaml");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().at(0).to_string(),
              files.path("missing.yaml") + ": the file cannot be read: No such file or directory");
}

}  // namespace
}  // namespace postrider::config
