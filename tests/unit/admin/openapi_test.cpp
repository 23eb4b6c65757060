#include <admin/openapi_document.h>
#include <admin/route.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

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

/// Of the tables that the service works by; intake's are not among them.
std::vector<admin::route> all_routes() {
    std::vector<admin::route> all;
    for (const auto& group : {admin::process_routes(), admin::status_routes(), admin::webhook_routes(),
                              admin::standing_routes(), admin::delivery_routes(), admin::event_routes(),
                              admin::dead_letter_routes(), admin::data_routes(), admin::job_routes()})
        all.insert(all.end(), group.begin(), group.end());
    return all;
}

std::set<std::string> sorted(std::string_view names) {
    std::set<std::string> all;
    std::istringstream text{std::string(names)};
    for (std::string one; std::getline(text >> std::ws, one, ',');)
        all.insert(one);
    return all;
}

std::string lower(std::string_view method) {
    std::string out(method);
    for (char& c : out)
        c = static_cast<char>(std::tolower(c));
    return out;
}

TEST(openapi_test, describes_exactly_what_exists) {
    const auto document = json::parse(openapi_document);
    EXPECT_EQ(document["openapi"], "3.1.0");
    std::set<std::string> found;
    for (const auto& [path, operations] : document["paths"].items())
        for (const auto& [method, operation] : operations.items())
            found.insert(method + ' ' + path);
    std::set<std::string> expected{"post /api/events", "post /api/events/batch"};
    for (const auto& route : all_routes())
        expected.insert(lower(route.method) + ' ' + std::string(route.path));
    EXPECT_EQ(found, expected);
}

TEST(openapi_test, what_a_route_takes_and_refuses_is_described) {
    const auto document = json::parse(openapi_document);
    for (const auto& route : all_routes()) {
        const auto& operation = document["paths"][std::string(route.path)][lower(route.method)];
        const auto& responses = operation["responses"];
        SCOPED_TRACE(std::string(route.method) + ' ' + std::string(route.path));
        EXPECT_TRUE(responses.contains("405"));
        const bool guarded = route.who != admin::audience::anyone;
        EXPECT_EQ(responses.contains("401") && responses.contains("403") && responses.contains("429"),
                  guarded);
        EXPECT_EQ(operation.contains("security"), !guarded);
        const bool has_parameter = route.path.find('{') != std::string_view::npos;
        EXPECT_TRUE(!has_parameter || responses.contains("404"));
        EXPECT_EQ(operation.contains("requestBody"), route.takes != admin::body::ignored);
        if (route.takes == admin::body::ignored) continue;
        EXPECT_EQ(operation["requestBody"]["required"], route.takes != admin::body::maybe_json);
        for (const auto* status : {"400", "413", "415", "422"})
            EXPECT_TRUE(responses.contains(status)) << status;
    }
}

TEST(openapi_test, what_may_stand_behind_a_path_is_described) {
    const auto document = json::parse(openapi_document);
    for (const auto& route : all_routes()) {
        const auto& operation = document["paths"][std::string(route.path)][lower(route.method)];
        std::string described;
        for (const auto& given : operation.value("parameters", json::array())) {
            const auto& parameter =
                given.contains("$ref")
                    ? document[json::json_pointer(given["$ref"].get<std::string>().substr(1))]
                    : given;
            if (parameter["in"] != "query") continue;
            described.append(described.empty() ? "" : ", ").append(parameter["name"].get<std::string>());
        }
        EXPECT_EQ(sorted(described), sorted(route.takes_query)) << route.method << ' ' << route.path;
        EXPECT_TRUE(operation["responses"].contains("422")) << route.method << ' ' << route.path;
    }
}

TEST(openapi_test, what_the_paths_name_is_a_parameter) {
    const auto document = json::parse(openapi_document);
    for (const auto& [path, operations] : document["paths"].items()) {
        for (const auto& [method, operation] : operations.items()) {
            std::size_t named = 0;
            for (const auto& given : operation.value("parameters", json::array())) {
                const auto& parameter =
                    given.contains("$ref")
                        ? document[json::json_pointer(given["$ref"].get<std::string>().substr(1))]
                        : given;
                if (parameter["in"] != "path") continue;
                ++named;
                EXPECT_TRUE(parameter["required"]);
                EXPECT_NE(path.find('{' + parameter["name"].get<std::string>() + '}'), std::string::npos);
            }
            EXPECT_EQ(named, std::count(path.begin(), path.end(), '{')) << method << ' ' << path;
        }
    }
}

TEST(openapi_test, the_guide_names_every_route) {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/docs/api.md");
    const std::string guide{std::istreambuf_iterator<char>(file), {}};
    for (const auto& route : all_routes()) {
        const auto named = '`' + std::string(route.method) + ' ' + std::string(route.path) + '`';
        EXPECT_NE(guide.find(named), std::string::npos) << named;
    }
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
