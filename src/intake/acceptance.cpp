#include "acceptance.h"

#include "envelope.h"

#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/event/trace.h>

#include <algorithm>
#include <span>

namespace postrider::intake {

namespace {

constexpr std::string_view separator("\0", 1);

std::string first_half(const sha256_digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size() / 2};
}

std::string derive_id(std::string_view tenant, std::string_view idempotency_key) {
    const auto digest = sha256({"idempotency-key", separator, tenant, separator, idempotency_key});
    return "evt_" + to_base64url(std::span(digest).first(16));
}

/// Neither a type, nor JSON, nor a timestamp holds a NUL: the first two and the last one separate.
std::string hash_content(const envelope& envelope, std::string_view given_timestamp) {
    return first_half(sha256(
        {envelope.type, separator, envelope.data, separator, envelope.key, separator, given_timestamp}));
}

std::string choose_tenant(const envelope& envelope, const sender& sender) {
    if (!envelope.tenant.empty()) return envelope.tenant;
    return sender.tenant.value_or("default");
}

}  // namespace

std::string traceparent_of(const http::request& request) {
    const auto value = request.header("traceparent");
    if (!read_traceparent(value) || request.count_headers("traceparent") != 1) return {};
    return std::string(value);
}

expected<std::string, fault> idempotency_key_of(const http::request& request) {
    if (!request.has_header("Idempotency-Key")) return std::string();
    const auto value = request.header("Idempotency-Key");
    const bool printable =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (value.empty() || value.size() > 255 || !printable || request.count_headers("Idempotency-Key") != 1)
        return unexpected<fault>(fault{422,
                                       "invalid_idempotency_key",
                                       "an Idempotency-Key has 1 to 255 printable ASCII characters, once",
                                       {}});
    return std::string(value);
}

expected<queue::new_event, fault> accept(const posted_event& posted, const sender& sender,
                                         const subscription::snapshot& subscriptions, random_source& random) {
    if (!posted) return unexpected<fault>(posted.error());
    auto read = read_envelope(*posted);
    if (!read) return unexpected<fault>(std::move(read.error()));
    envelope& envelope = *read;
    if (sender.tenant && !envelope.tenant.empty() && envelope.tenant != *sender.tenant)
        return unexpected<fault>(fault{403, "other_tenant", "the token is bound to another tenant", {}});

    const rfc3339_text shown(envelope.timestamp.value_or(sender.now));
    const auto given = envelope.timestamp ? shown.view() : std::string_view();
    auto event = std::make_shared<postrider::event>();
    event->tenant = choose_tenant(envelope, sender);
    queue::new_event accepted;
    if (!envelope.id.empty())
        event->id = std::move(envelope.id);
    else if (!sender.idempotency_key.empty())
        event->id = derive_id(event->tenant, sender.idempotency_key);
    if (event->id.empty())
        event->id = "evt_" + random_id(random);
    else
        accepted.content_hash = hash_content(envelope, given);
    accepted.endpoints = subscriptions.match(event->tenant, envelope.type);
    event->traceparent = sender.traceparent;
    event->accepted_at = sender.now;
    event->body = render_body(event->id, envelope.type, shown.view(), envelope.data);
    event->type = std::move(envelope.type);
    event->key = std::move(envelope.key);
    accepted.event = std::move(event);
    return accepted;
}

bool needs_no_queue(const queue::new_event& event) noexcept {
    return event.endpoints.empty() && event.content_hash.empty();
}

std::optional<fault> fault_of(queue::enqueue_status status) {
    switch (status) {
        case queue::enqueue_status::stored:
        case queue::enqueue_status::duplicate:
            return std::nullopt;
        case queue::enqueue_status::conflict:
            return fault{409,
                         "id_conflict",
                         "this id was used with another type, data, key or timestamp; nothing was changed",
                         {}};
        case queue::enqueue_status::full:
            return fault{503, "store_full", "Redis has no room; the event was not stored", {}, 1};
        case queue::enqueue_status::unavailable:
            break;
    }
    return fault{
        503,
        "store_unavailable",
        "Redis did not confirm in time; the event may have been stored, and repeating it with the same id "
        "is safe",
        {},
        1};
}

}  // namespace postrider::intake
