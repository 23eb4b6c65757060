#include "job_text.h"

#include <postrider/base/stored_time.h>

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace postrider::dead_letter {

namespace {

using json = nlohmann::json;

constexpr std::array kinds{job_kind::replay, job_kind::purge, job_kind::delete_endpoint,
                           job_kind::delete_event, job_kind::delete_tenant};
constexpr std::array statuses{job_status::running, job_status::done, job_status::failed};

template <typename Value, std::size_t count>
std::optional<Value> value_named(std::string_view name, const std::array<Value, count>& values) {
    for (const Value value : values)
        if (to_string(value) == name) return value;
    return std::nullopt;
}

/// Error texts may quote what others wrote.
std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::int64_t count_of(wall_time time) {
    return time.time_since_epoch().count();
}

/// Reads fields of an object; remembers that one was not as it should be.
class reader {
 public:
    explicit reader(std::string_view text) : object_(json::parse(text, nullptr, false)) {
        good_ = object_.is_object();
    }
    [[nodiscard]] bool good() const { return good_; }

    std::string text(const char* name) {
        const json* found = find(name);
        if (found == nullptr || !found->is_string()) return fail(std::string());
        return found->get<std::string>();
    }
    std::string text_or_none(const char* name) { return find(name) == nullptr ? std::string() : text(name); }
    std::uint64_t number(const char* name) {
        const json* found = find(name);
        if (found == nullptr || !found->is_number_unsigned()) return fail(std::uint64_t{0});
        return found->get<std::uint64_t>();
    }
    std::optional<wall_time> time(const char* name) {
        const json* found = find(name);
        if (found == nullptr) return std::nullopt;
        if (!found->is_number_integer()) return fail(std::optional<wall_time>());
        // What needs the 64th bit would come out as another number.
        const bool fits =
            !found->is_number_unsigned() || found->get<std::uint64_t>() <= latest_stored_milliseconds;
        const auto time = fits ? stored_time(found->get<std::int64_t>()) : std::nullopt;
        return time ? time : fail(std::optional<wall_time>());
    }
    std::optional<dead_reason> reason() {
        if (find("reason") == nullptr) return std::nullopt;
        const auto known = dead_reason_of(text("reason"));
        return known ? known : fail(std::optional<dead_reason>());
    }
    template <typename Value, std::size_t count>
    Value one_of(const char* name, const std::array<Value, count>& values) {
        const auto known = value_named(text(name), values);
        return known ? *known : fail(values.front());
    }

 private:
    const json* find(const char* name) const {
        if (!object_.is_object()) return nullptr;
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    template <typename Value>
    Value fail(Value instead) {
        good_ = false;
        return instead;
    }

    json object_;
    bool good_ = false;
};

bool read_made(std::string_view text, job& job) {
    reader made(text);
    job.kind = made.one_of("kind", kinds);
    job.tenant = made.text("tenant");
    job.filter.tenant = made.text("filter_tenant");
    job.filter.queue_name = made.text("queue_name");
    job.filter.endpoint = made.text_or_none("endpoint");
    job.filter.event_type = made.text("event_type");
    job.filter.reason = made.reason();
    job.filter.before = made.time("before");
    job.filter.after = made.time("after");
    return made.good();
}

bool read_progress(std::string_view text, job& job) {
    reader progress(text);
    job.status = progress.one_of("status", statuses);
    job.total = progress.number("total");
    job.done = progress.number("done");
    job.skipped = progress.number("skipped");
    job.position = progress.text("position");
    job.error = progress.text("error");
    job.updated_at = progress.time("updated_at").value_or(job.created_at);
    return progress.good();
}

bool read_named(std::string_view text, job& job) {
    if (text.empty()) return true;
    const json list = json::parse(text, nullptr, false);
    if (!list.is_array() || list.size() % 2 != 0) return false;
    for (std::size_t at = 0; at < list.size(); at += 2) {
        if (!list[at].is_string() || !list[at + 1].is_string()) return false;
        job.named.emplace_back(list[at].get<std::string>(), list[at + 1].get<std::string>());
    }
    return true;
}

}  // namespace

std::string_view to_string(job_kind kind) noexcept {
    switch (kind) {
        case job_kind::replay:
            return "replay";
        case job_kind::purge:
            return "purge";
        case job_kind::delete_endpoint:
            return "delete_endpoint";
        case job_kind::delete_event:
            return "delete_event";
        case job_kind::delete_tenant:
            return "delete_tenant";
    }
    return "";
}

std::string_view to_string(job_status status) noexcept {
    switch (status) {
        case job_status::running:
            return "running";
        case job_status::done:
            return "done";
        case job_status::failed:
            return "failed";
    }
    return "";
}

std::string encode_made(const job& job) {
    json made;
    made["kind"] = to_string(job.kind);
    made["tenant"] = job.tenant;
    made["filter_tenant"] = job.filter.tenant;
    made["queue_name"] = job.filter.queue_name;
    if (!job.filter.endpoint.empty()) made["endpoint"] = job.filter.endpoint;
    made["event_type"] = job.filter.event_type;
    if (job.filter.reason) made["reason"] = to_string(*job.filter.reason);
    if (job.filter.before) made["before"] = count_of(*job.filter.before);
    if (job.filter.after) made["after"] = count_of(*job.filter.after);
    return dump(made);
}

std::string encode_progress(const job& job) {
    json progress;
    progress["status"] = to_string(job.status);
    progress["total"] = job.total;
    progress["done"] = job.done;
    progress["skipped"] = job.skipped;
    progress["position"] = job.position;
    progress["error"] = job.error;
    progress["updated_at"] = count_of(job.updated_at);
    return dump(progress);
}

std::string encode_named(const job& job) {
    if (job.named.empty()) return {};
    json list = json::array();
    for (const auto& [queue_name, store_id] : job.named) {
        list.push_back(queue_name);
        list.push_back(store_id);
    }
    return dump(list);
}

std::optional<job> decode_job(const stored_job& stored) {
    if (!stored.created_at) return std::nullopt;
    job decoded;
    decoded.id = std::string(stored.id);
    decoded.created_at = wall_time(milliseconds(*stored.created_at));
    if (!read_made(stored.made, decoded) || !read_progress(stored.progress, decoded)) return std::nullopt;
    if (!read_named(stored.named, decoded)) return std::nullopt;
    return decoded;
}

}  // namespace postrider::dead_letter
