#include "sight.h"
#include "stored_webhook.h"
#include "webhook_handlers.h"

#include <postrider/sign/standard_webhooks.h>

#include <algorithm>
#include <array>

namespace postrider::admin {

namespace asio = boost::asio;

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

struct draft {
    catalog::entry entry;
    endpoint_ptr endpoint;
    std::optional<std::string> made_secret;
};

expected<draft, http::response> draft_webhook(const call& asked) {
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

/// The entry after a change; 422 for what cannot be changed, 403 for what the caller may not.
expected<catalog::entry, http::response> merge(const call& asked, const catalog::entry& before) {
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

}  // namespace

asio::awaitable<http::response> create_webhook(call asked) {
    auto made = draft_webhook(asked);
    if (!made) co_return std::move(made.error());
    const auto stored = co_await asked.around.catalog.create(std::move(made->entry));
    if (!stored) co_return refuse(stored.error());
    // A fault is none of the answer: the webhook is there, and only this answer tells its id and its secret.
    // It takes effect within a second all the same.
    (void)co_await asked.around.daemon.refresh();
    auto document = co_await describe_changed(asked, made->endpoint);
    if (made->made_secret) document["secret"] = *made->made_secret;
    auto out = answer(201, document);
    out.headers.emplace_back("Location", "/api/webhooks/" + made->endpoint->id);
    co_return out;
}

asio::awaitable<http::response> change_webhook(call asked) {
    auto before = co_await find_entry(asked, asked.parameters.front());
    if (!before) co_return std::move(before.error());
    auto after = merge(asked, *before);
    if (!after) co_return std::move(after.error());
    auto read = read_endpoint(asked, *after);
    if (!read) co_return std::move(read.error());
    const auto stored = co_await asked.around.catalog.replace(std::move(*after), std::move(*before));
    if (!stored) co_return refuse(stored.error());
    const auto refusal = co_await apply(asked, "the change is stored");
    if (refusal) co_return *refusal;
    const auto document =
        co_await describe_changed(asked, std::make_shared<const endpoint>(std::move(*read)));
    co_return answer(200, document);
}

asio::awaitable<http::response> delete_webhook(call asked) {
    const auto entry = co_await find_entry(asked, asked.parameters.front());
    if (!entry) co_return entry.error();
    const auto queue_name = entry->tenant + '.' + entry->id;
    const auto removed = co_await asked.around.catalog.remove(entry->id, queue_name);
    if (!removed) co_return refuse(removed.error());
    const auto refusal = co_await apply(asked, "the webhook is deleted");
    // Only now: nothing comes into its queue any more.
    dead_letter::job ending;
    ending.kind = dead_letter::job_kind::delete_endpoint;
    ending.tenant = entry->tenant;
    ending.filter.queue_name = queue_name;
    const auto job = co_await asked.around.jobs.create(std::move(ending));
    if (!job)
        co_return unavailable(
            "the webhook is deleted, but its queue could not be ended and lies there for the " +
            std::string("retention of held events: ") + job.error());
    asked.around.daemon.wake_jobs();
    if (refusal) co_return *refusal;
    co_return no_content();
}

}  // namespace postrider::admin
