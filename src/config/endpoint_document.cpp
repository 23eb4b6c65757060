#include "endpoint.h"
#include "json_node.h"

#include <postrider/base/wiping.h>
#include <postrider/config/endpoint_document.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace postrider::config {
namespace {

struct kept_key {
    std::string_view name;
    std::string_view why;
};
constexpr std::array kept_keys{
    kept_key{"id", "is made by the API"},
    kept_key{"tenant", "is that of the token, or is given when the endpoint is made"},
    kept_key{"tls", "names files of the daemon's machine, and is for endpoints in files only"},
    kept_key{"allow_cidrs", "is for endpoints in files, and for admin tokens that are bound to no tenant"},
};

/// Takes out what a document may not say; gives the faults.
node_ptr without_kept_keys(const node_ptr& root, const document_rules& rules, report& faults) {
    auto rest = std::make_shared<node>(*root);
    std::erase_if(rest->entries, [&](const map_entry& entry) {
        if (entry.key == "allow_cidrs" && rules.allow_cidrs) return false;
        const auto found = std::ranges::find(kept_keys, std::string_view(entry.key), &kept_key::name);
        if (found == kept_keys.end()) return false;
        faults.add(entry.key_at, '"' + entry.key + "\" " + std::string(found->why));
        return true;
    });
    return rest;
}

std::vector<document_fault> faults_of(const report& report, const field_paths& fields) {
    std::vector<document_fault> faults;
    for (const auto& fault : report.sorted())
        faults.push_back({fields.path_of(fault.line), fault.message});
    return faults;
}

using document_faults = std::vector<document_fault>;

}  // namespace

expected<endpoint, document_faults> read_endpoint_document(std::string_view json,
                                                           const document_rules& rules) {
    const wiping_scope scope;
    report report;
    const auto file = report.add_file("document");
    auto document = parse_json(json, file);
    if (!document) return unexpected<document_faults>(document_faults{std::move(document.error())});
    references literal(references::literal);
    reading reading{report, literal, {}, &document->fields};
    endpoint_source source;
    source.entry = {"webhook", without_kept_keys(document->root, rules, report), document->root->at};
    source.allow_ports = rules.allow_ports;
    source.made_id = rules.id;
    endpoint made = read_endpoint(reading, source);
    if (!report.empty()) return unexpected<document_faults>(faults_of(report, document->fields));
    made.tenant = rules.tenant;
    return made;
}

std::string merge_documents(std::string_view json, std::string_view patch) {
    const wiping_scope scope;
    auto merged = nlohmann::json::parse(json, nullptr, false);
    merged.merge_patch(nlohmann::json::parse(patch, nullptr, false));
    return merged.dump();
}

}  // namespace postrider::config
