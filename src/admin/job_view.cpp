#include "job_view.h"

#include "identifiers.h"

namespace postrider::admin {

namespace {

/// Of a job over named letters nothing is in it: there may be a thousand, and the store forgets them at its
/// end.
json describe_filter(const dead_letter::job& job) {
    const auto& filter = job.filter;
    json out;
    out["tenant"] = text_or_null(filter.tenant);
    out["webhook_id"] =
        text_or_null(filter.endpoint.empty() ? webhook_of(filter.queue_name) : filter.endpoint);
    out["event_type"] = text_or_null(filter.event_type);
    out["reason"] = filter.reason ? json(to_string(*filter.reason)) : json(nullptr);
    out["before"] = to_json(filter.before);
    out["after"] = to_json(filter.after);
    return out;
}

}  // namespace

json describe_job(const dead_letter::job& job) {
    json out;
    out["id"] = job.id;
    out["kind"] = to_string(job.kind);
    out["status"] = to_string(job.status);
    out["total"] = job.total;
    out["done"] = job.done;
    out["skipped"] = job.skipped;
    out["created_at"] = to_rfc3339(job.created_at);
    out["updated_at"] = to_rfc3339(job.updated_at);
    out["error"] = text_or_null(job.error);
    out["filter"] = describe_filter(job);
    return out;
}

}  // namespace postrider::admin
