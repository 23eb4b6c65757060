#include "webhook_draft.h"

#include "sight.h"
#include "stored_webhook.h"

#include <postrider/base/wiping.h>
#include <postrider/config/endpoint_document.h>
#include <postrider/sign/standard_webhooks.h>

#include <algorithm>
#include <array>

namespace postrider::admin {

namespace {

constexpr std::array<std::string_view, 3> secret_forms{"secret", "secrets", "authentication"};

bool is_tenant(std::string_view text) noexcept {
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits);
}

/// Whose the new webhook is; takes `tenant` out of the document.
expected<std::string, http::response> take_tenant(const call& asked, json& document) {
    const auto found = document.find("tenant");
    if (found == document.end()) return asked.tenant.value_or("default");
    const json given = *found;
    document.erase(found);
    if (!given.is_string() || !is_tenant(given.get_ref<const std::string&>()))
        return unexpected<http::response>(
            invalid({{"tenant", "must be 1 to 64 letters, digits, '_' and '-'"}}));
    auto tenant = given.get<std::string>();
    if (may_see(asked, tenant)) return tenant;
    return unexpected<http::response>(
        http::problem(403, "forbidden", "the token is bound to another tenant than the one named"));
}

/// The secret that was made because the document has nothing to sign with, and is in it now.
std::optional<std::string> add_secret(json& document, random_source& random) {
    if (std::ranges::any_of(secret_forms, [&](auto form) { return document.contains(form); }))
        return std::nullopt;
    std::string made(sign::make_hmac_secret(random).reveal());
    document["secret"] = made;
    return made;
}

bool has_mask(const json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>() == "***";
    return value.is_structured() && std::ranges::any_of(value, has_mask);
}

/// What is shown in place of secrets is none: taken at its word, it would replace them.
std::optional<http::response> fault_of_masks(const json& document) {
    std::vector<field_fault> faults;
    for (const auto& [name, value] : document.items()) {
        const bool may_mask =
            name == "headers" || std::ranges::find(secret_forms, name) != secret_forms.end();
        if (may_mask && has_mask(value))
            faults.push_back({name,
                              "has \"***\", which stands for a secret that is not shown: leave it out, or "
                              "give the secret"});
    }
    if (faults.empty()) return std::nullopt;
    return invalid(faults);
}

/// The settings under a patch that names a form of the secrets: the others go, because the caller cannot know
/// in which form they are stored.
std::string without_replaced_secrets(const catalog::entry& before, const json& patch) {
    const auto is_given = [&](auto form) {
        return patch.contains(form) && !patch.at(std::string(form)).is_null();
    };
    if (std::ranges::none_of(secret_forms, is_given)) return std::string(before.settings.reveal());
    auto settings = read_settings(before);
    for (const auto form : secret_forms) {
        if (!patch.contains(form)) settings.erase(std::string(form));
    }
    return settings.dump();
}

}  // namespace

expected<draft, http::response> draft_webhook(const call& asked) {
    const wiping_scope scope;
    auto document = read_object(asked.request.body);
    if (!document) return unexpected<http::response>(std::move(document.error()));
    if (auto fault = fault_of_masks(*document)) return unexpected<http::response>(std::move(*fault));
    auto tenant = take_tenant(asked, *document);
    if (!tenant) return unexpected<http::response>(std::move(tenant.error()));
    if (asked.tenant) {
        if (auto fault = fault_of_privilege(json::object(), *document))
            return unexpected<http::response>(std::move(*fault));
    }
    draft made;
    made.made_secret = add_secret(*document, asked.around.random);
    made.entry.id = "ep_" + random_id(asked.around.random);
    made.entry.tenant = std::move(*tenant);
    made.entry.settings = secret(document->dump());
    auto endpoint = read_endpoint(asked, made.entry);
    if (!endpoint) return unexpected<http::response>(std::move(endpoint.error()));
    made.endpoint = std::make_shared<const postrider::endpoint>(std::move(*endpoint));
    return made;
}

expected<catalog::entry, http::response> merge_webhook(const call& asked, const catalog::entry& before) {
    const wiping_scope scope;
    const auto patch = read_object(asked.request.body);
    if (!patch) return unexpected<http::response>(patch.error());
    std::vector<field_fault> faults;
    for (const auto* name : {"id", "tenant"}) {
        if (patch->contains(name)) faults.push_back({name, "cannot be changed"});
    }
    if (!faults.empty()) return unexpected<http::response>(invalid(faults));
    if (auto fault = fault_of_masks(*patch)) return unexpected<http::response>(std::move(*fault));
    auto after = before;
    after.settings =
        secret(config::merge_documents(without_replaced_secrets(before, *patch), asked.request.body));
    if (!asked.tenant) return after;
    auto fault = fault_of_privilege(read_settings(before), read_settings(after));
    if (fault) return unexpected<http::response>(std::move(*fault));
    return after;
}

}  // namespace postrider::admin
