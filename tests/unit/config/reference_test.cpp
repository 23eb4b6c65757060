#include "folder.h"

namespace postrider::config {
namespace {

using lines = std::vector<std::string>;

std::string description(const folder& files, const std::string& value) {
    return files.load_good(one_endpoint("description: " + value)).endpoints.at(0)->description;
}

TEST(ConfigReferences, Variables) {
    folder files;
    files.variables = {
        {"A", "one"}, {"B_2", "two"}, {"EMPTY", ""}, {"NESTED", "${A} $${B}"}, {"YAML", "x, enabled: false"}};
    EXPECT_EQ(description(files, "\"${A}\""), "one");
    EXPECT_EQ(description(files, "\"<${A}-${B_2}>\""), "<one-two>");
    EXPECT_EQ(description(files, "\"${NONE:-fall back}\""), "fall back");
    EXPECT_EQ(description(files, "\"${EMPTY:-fall back}\""), "fall back");
    EXPECT_EQ(description(files, "\"${NONE:-}\""), "");
    EXPECT_EQ(description(files, "\"${EMPTY}\""), "");
    EXPECT_EQ(description(files, "\"${A:-x}\""), "one");
    EXPECT_EQ(description(files, "\"$${A} and $A $ {A}\""), "${A} and $A $ {A}");
    EXPECT_EQ(description(files, "\"${NESTED}\""), "${A} $${B}");
    EXPECT_EQ(description(files, "\"${YAML}\""), "x, enabled: false");
    EXPECT_EQ(description(files, "'${A}'"), "one");
}

TEST(ConfigReferences, InNumbersSwitchesAndLists) {
    folder files;
    files.variables = {{"N", "7"}, {"OFF", "false"}, {"SECONDS", "0.5"}, {"TYPE", "case.created"}};
    const auto read =
        files.load_good(std::string("webhooks:\n- id: a\n  url: https://h.org/\n  events: [\"${TYPE}\"]\n"
                                    "  concurrency: ${N}\n  enabled: ${OFF}\n  secret: ") +
                        good_secret + "\n  timeout: {read_seconds: \"${SECONDS}\"}\n");
    const auto& one = *read.endpoints.at(0);
    EXPECT_EQ(one.concurrency, 7U);
    EXPECT_FALSE(one.enabled);
    EXPECT_EQ(one.timeout.read, milliseconds(500));
    EXPECT_EQ(one.events, std::vector<std::string>{"case.created"});
}

TEST(ConfigReferences, VariablesAtFault) {
    folder files;
    files.variables = {{"BAD", "a\nb\x01"}, {"N", "hush"}};
    const auto fault = [&](const std::string& value) {
        return files.faults_of("redis: {lease_seconds: " + value + "}");
    };
    EXPECT_EQ(fault("\"${NONE}\""),
              (lines{"1:24: \"lease_seconds\" cannot be resolved: the environment variable NONE is "
                     "not set; set it, or give a default: ${NONE:-default}"}));
    const std::string malformed =
        "1:24: \"lease_seconds\" cannot be resolved: \"${\" is not followed by a name and \"}\"; "
        "allowed are ${NAME}, ${NAME:-default}, and $${ for a literal \"${\"";
    for (const auto* text :
         {"\"${\"", "\"${}\"", "\"${N\"", "\"${1}\"", "\"${a b}\"", "\"${N-x}\"", "\"${:-x}\"", "\"${N:x}\""})
        EXPECT_EQ(fault(text), lines{malformed}) << text;
    EXPECT_EQ(fault("\"${BAD}\""),
              (lines{"1:24: \"lease_seconds\" cannot be resolved: the value from the environment holds "
                     "control characters or is not UTF-8"}));
    EXPECT_EQ(fault("\"${N}\""),
              (lines{"1:24: \"lease_seconds\" has a value from outside that is not allowed; allowed is a "
                     "number of seconds from 1 to 600"}));
}

TEST(ConfigReferences, Files) {
    folder files;
    files.variables = {{"WHERE", files.path()}, {"INDIRECT", "file:/etc/passwd"}};
    const auto file = [&](std::string_view content) { return "file:" + files.write("value", content); };
    EXPECT_EQ(description(files, file("text")), "text");
    EXPECT_EQ(description(files, file("text\n")), "text");
    EXPECT_EQ(description(files, file("text\r\n")), "text");
    EXPECT_EQ(description(files, file("text\n\n")), "text\n");
    EXPECT_EQ(description(files, file(" ${A} ")), " ${A} ");
    EXPECT_EQ(description(files, "\"file:${WHERE}/value\""), " ${A} ");
    EXPECT_EQ(description(files, "\"${INDIRECT}\""), "file:/etc/passwd");
    const auto read = files.load_good(one_endpoint("description: " + file("x")));
    EXPECT_EQ(read.files, (lines{files.path("c.yaml"), files.path("value")}));
}

TEST(ConfigReferences, FilesAtFault) {
    folder files;
    files.variables = {{"HUSH", "hush"}};
    files.write("large", std::string(65537, 'x'));
    files.write("binary", std::string("a\0b", 3));
    const auto fault = [&](const std::string& value) {
        return files.faults_of("redis: {prefix: \"" + value + "\"}");
    };
    const std::string start = "1:17: \"prefix\" cannot be resolved: ";
    EXPECT_EQ(fault("file:/nowhere/x"),
              lines{start + "the file /nowhere/x cannot be read: No such file or directory"});
    EXPECT_EQ(fault("file:/nowhere/${HUSH}"),
              lines{start + "the file /nowhere/${HUSH} cannot be read: No such file or directory"});
    EXPECT_EQ(
        fault("file:relative"),
        lines{start + "\"file:\" is not followed by an absolute path; allowed is file:/path/of/the/file"});
    EXPECT_EQ(fault("file:" + files.path()).at(0).find(start + "the file "), 0U);
    EXPECT_NE(fault("file:" + files.path()).at(0).find("is not a regular file"), std::string::npos);
    EXPECT_NE(fault("file:/dev/zero").at(0).find("is not a regular file"), std::string::npos);
    EXPECT_EQ(fault("file:" + files.path("large")),
              lines{start + "the file large is too large; allowed are 65536 bytes"});
    EXPECT_EQ(fault("file:" + files.path("binary")),
              lines{start + "the file binary holds control characters or is not UTF-8"});
}

}  // namespace
}  // namespace postrider::config
