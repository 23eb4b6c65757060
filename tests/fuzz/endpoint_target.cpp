// Endpoints as the API takes them: a document is read or every fault of it told, and what is shown holds no
// secret.

#include "fuzz/target.h"

#include <postrider/config/endpoint_document.h>
#include <postrider/guard/url.h>
#include <postrider/sign/authenticator.h>

#include <admin/answer.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace postrider::fuzz {
namespace {

using nlohmann::json;

config::document_rules rules_for_documents() {
    config::document_rules rules;
    rules.id = "ep_fuzz";
    rules.tenant = "acme";
    return rules;
}

void check_document(const endpoint& made) {
    HOLDS(made.id == "ep_fuzz" && made.tenant == "acme" && made.allow_cidrs.empty());
    HOLDS(made.tls == tls_settings());  // names of files are for files only
    const auto url = guard::parse_url(made.url_text, {made.allow_http, made.allow_private_network, {}});
    HOLDS(url && *url == made.url);
    HOLDS(sign::authenticator::compile(made.authentications).has_value());
    const auto shown = config::describe_endpoint(made);
    HOLDS(json::parse(shown, nullptr, false).is_object());
    for (const auto& one : made.authentications) {
        const auto* const standard = std::get_if<standard_webhooks_auth>(&one);
        if (standard == nullptr) continue;
        for (const auto& live : standard->secrets)
            HOLDS(shown.find(live.value.reveal()) == std::string::npos);
    }
}

void check_document_faults(const std::vector<config::document_fault>& faults) {
    HOLDS(!faults.empty() && faults.size() <= 1001);
    for (const auto& fault : faults) {
        HOLDS(!fault.message.empty() && fault.message.size() < 1000 && fault.field.size() < 2200);
        HOLDS(fault.message.find("whsec_") == std::string::npos ||
              fault.message.find("whsec_ ") != std::string::npos ||
              fault.message.find("whsec_…") != std::string::npos);
        HOLDS(fault.message.find('\0') == std::string::npos);
    }
}

/// A patch is laid over what is stored: never more than what both say, and JSON again.
void check_patch(std::string_view patch) {
    const auto read = admin::read_object(patch);
    if (!read) {
        HOLDS(read.error().status == 400 || read.error().status == 422);
        return;
    }
    const std::string stored = R"({"url":"https://h.org/hook","events":["a.*"],"retry":{"max_attempts":3}})";
    const auto merged = json::parse(config::merge_documents(stored, patch), nullptr, false);
    HOLDS(merged.is_object());
    for (const auto& [name, value] : merged.items())
        HOLDS(!value.is_null());
    HOLDS(config::merge_documents(merged.dump(), patch) == merged.dump());
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(endpoint) {
    using namespace postrider;
    using namespace postrider::fuzz;
    if (const auto made = config::read_endpoint_document(input, rules_for_documents()))
        check_document(*made);
    else
        check_document_faults(made.error());
    check_patch(input);
}
