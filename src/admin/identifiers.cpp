#include "identifiers.h"

#include "sight.h"

#include <algorithm>

namespace postrider::admin {

namespace {

constexpr std::string_view delivery_prefix = "del_";
constexpr std::string_view dead_letter_prefix = "dl_";
constexpr std::string_view job_prefix = "job_";
constexpr std::string_view default_tenant = "default";

bool is_base64url(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_store_id(std::string_view text) noexcept {
    return text.size() == queue::store_id_bytes && std::ranges::all_of(text, is_base64url);
}

std::string join(std::string_view prefix, std::string_view store_id, std::string_view queue_name) {
    std::string out(prefix);
    const bool is_default =
        queue_name.starts_with(default_tenant) && queue_name.substr(default_tenant.size()).starts_with('.');
    out.append(store_id).append("_").append(is_default ? webhook_of(queue_name) : queue_name);
    return out;
}

std::optional<row_id> read_row_id(std::string_view prefix, std::string_view text) {
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    const auto store_id = text.substr(0, queue::store_id_bytes);
    text.remove_prefix(store_id.size());
    if (!is_store_id(store_id) || !text.starts_with('_')) return std::nullopt;
    text.remove_prefix(1);
    row_id id;
    id.store_id = store_id;
    if (const auto dot = text.find('.'); dot != std::string_view::npos) {
        id.tenant = text.substr(0, dot);
        text.remove_prefix(dot + 1);
        if (!is_name(id.tenant)) return std::nullopt;
    }
    if (!is_name(text)) return std::nullopt;
    id.webhook_id = text;
    return id;
}

}  // namespace

std::string delivery_id(std::string_view store_id, std::string_view queue_name) {
    return join(delivery_prefix, store_id, queue_name);
}

std::string dead_letter_id(std::string_view store_id, std::string_view queue_name) {
    return join(dead_letter_prefix, store_id, queue_name);
}

std::optional<row_id> read_delivery_id(std::string_view text) {
    return read_row_id(delivery_prefix, text);
}

std::optional<row_id> read_dead_letter_id(std::string_view text) {
    return read_row_id(dead_letter_prefix, text);
}

bool is_job_id(std::string_view text) noexcept {
    return text.starts_with(job_prefix) && is_store_id(text.substr(job_prefix.size()));
}

bool is_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_base64url);
}

bool is_event_type(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 256 &&
           std::ranges::all_of(text, [](char c) { return c == '.' || is_base64url(c); });
}

std::string_view webhook_of(std::string_view queue_name) noexcept {
    return queue_name.substr(std::min(queue_name.find('.') + 1, queue_name.size()));
}

std::string queue_name_of(const call& asked, std::string_view webhook_id) {
    if (!asked.tenant) {
        if (const auto endpoint = find_endpoint(asked, webhook_id)) return endpoint->queue_name();
    }
    return asked.tenant.value_or(std::string(default_tenant)) + '.' + std::string(webhook_id);
}

std::string queue_name_of(const call& asked, const row_id& id) {
    if (asked.tenant || id.tenant.empty()) return queue_name_of(asked, id.webhook_id);
    return id.tenant + '.' + id.webhook_id;
}

void choose_webhook(const call& asked, std::string_view webhook_id, queue::dead_letter_filter& filter) {
    if (asked.tenant || find_endpoint(asked, webhook_id))
        filter.queue_name = queue_name_of(asked, webhook_id);
    else
        filter.endpoint = webhook_id;
}

}  // namespace postrider::admin
