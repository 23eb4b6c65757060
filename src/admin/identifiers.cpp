#include "identifiers.h"

#include "sight.h"

#include <algorithm>

namespace postrider::admin {

namespace {

constexpr std::string_view delivery_prefix = "del_";
constexpr std::string_view dead_letter_prefix = "dl_";
constexpr std::string_view job_prefix = "job_";

bool is_base64url(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_store_id(std::string_view text) noexcept {
    return text.size() == queue::store_id_bytes && std::ranges::all_of(text, is_base64url);
}

std::string join(std::string_view prefix, std::string_view store_id, std::string_view queue_name) {
    std::string out(prefix);
    out.append(store_id).append("_").append(webhook_of(queue_name));
    return out;
}

std::optional<row_id> read_row_id(std::string_view prefix, std::string_view text) {
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    const auto store_id = text.substr(0, queue::store_id_bytes);
    text.remove_prefix(store_id.size());
    if (!is_store_id(store_id) || !text.starts_with('_') || !is_name(text.substr(1))) return std::nullopt;
    return row_id{std::string(store_id), std::string(text.substr(1))};
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
    return asked.tenant.value_or("default") + '.' + std::string(webhook_id);
}

}  // namespace postrider::admin
