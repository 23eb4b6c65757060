#include <admin/openapi_document.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <string>

namespace postrider {
namespace {

using nlohmann::json;

void expect_references_resolve(const json& document, const json& part) {
    if (part.is_object() && part.contains("$ref")) {
        const auto reference = part["$ref"].get<std::string>();
        ASSERT_TRUE(reference.starts_with("#/"));
        EXPECT_TRUE(document.contains(json::json_pointer(reference.substr(1)))) << reference;
    }
    for (const auto& child : part)
        if (child.is_structured()) expect_references_resolve(document, child);
}

TEST(openapi_test, describes_exactly_what_exists) {
    const auto document = json::parse(openapi_document);
    EXPECT_EQ(document["openapi"], "3.1.0");
    std::set<std::string> found;
    for (const auto& [path, operations] : document["paths"].items())
        for (const auto& [method, operation] : operations.items())
            found.insert(method + ' ' + path);
    const std::set<std::string> expected{
        "post /api/events",  "post /api/events/batch", "get /health", "get /ready", "get /metrics",
        "get /openapi.json", "post /api/config/reload"};
    EXPECT_EQ(found, expected);
}

TEST(openapi_test, references_resolve) {
    const auto document = json::parse(openapi_document);
    expect_references_resolve(document, document);
}

TEST(openapi_test, operations_have_ids_and_described_responses) {
    const auto document = json::parse(openapi_document);
    std::set<std::string> ids;
    for (const auto& [path, operations] : document["paths"].items())
        for (const auto& [method, operation] : operations.items()) {
            EXPECT_TRUE(ids.insert(operation["operationId"].get<std::string>()).second);
            for (const auto& [status, answer] : operation["responses"].items())
                EXPECT_TRUE(answer.contains("description") || answer.contains("$ref"))
                    << path << ' ' << status;
        }
}

}  // namespace
}  // namespace postrider
