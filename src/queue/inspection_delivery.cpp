#include "inspection_delivery.h"

#include "inspection_row.h"
#include "state_entry.h"
#include "stored_event.h"

#include <algorithm>
#include <set>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::uint64_t most_attempts = 256;
constexpr std::size_t most_candidates = 256;
constexpr std::size_t first_record = 4;  // of the answer to find_delivery.lua

sighting sighting_of(std::string_view store_id, const redis::reply_view& reply) {
    sighting seen;
    seen.store_id = store_id;
    seen.state = reply[0].text();
    seen.note = reply[1].text();
    seen.head = reply[2].text();
    seen.accepted_at = reply[3].text();
    seen.record = reply[first_record].text();
    return seen;
}

bool is_known(const redis::reply_view& reply) {
    return !reply[0].text().empty() || reply.size() > first_record;
}

delivery_detail detail_of(const std::string& queue_name, const std::string& store_id,
                          const redis::reply_view& reply) {
    delivery_detail detail;
    const sighting seen = sighting_of(store_id, reply);
    detail.row = row_of(queue_name, seen);
    for (std::size_t at = reply.size(); at-- > first_record;)
        if (auto attempt = decode_attempt(reply[at].text()))
            detail.attempts.push_back(std::move(attempt->record));
    detail.accepted_at = decode_accepted_at(seen.accepted_at);
    // The body may lie there for another endpoint; it is the same event.
    if (auto event = decode_stored_event(seen.head)) {
        detail.body = std::move(event->body);
        detail.ordering_key = std::move(event->key);
    }
    return detail;
}

/// The record of a client's id (scripts/enqueue.lua): a format byte, 16 of hash, accepted_at, then queues.
struct remembered_event {
    std::optional<wall_time> accepted_at;
    std::vector<std::string> queue_names;
};

remembered_event read_remembered(std::string_view record) {
    remembered_event remembered;
    if (record.size() < 1 + content_hash_bytes) return remembered;
    record.remove_prefix(1 + content_hash_bytes);
    for (bool first = true; !record.empty(); first = false) {
        const auto space = std::min(record.find(' '), record.size());
        const auto word = record.substr(0, space);
        if (first)
            remembered.accepted_at = time_of_score(word);
        else if (remembered.queue_names.size() < most_candidates)
            remembered.queue_names.emplace_back(word);
        record.remove_prefix(std::min(space + 1, record.size()));
    }
    return remembered;
}

/// Where the event may be: what was found of it in the partitions, and the names to look under.
struct traces {
    remembered_event remembered;
    std::set<std::string> queue_names;
    std::optional<std::uint32_t> body_in;
};

/// The replies to `HGET states <id>` of each partition, and to `GET id:<id>`.
traces read_traces(const std::vector<redis::reply>& replies, std::vector<std::string> candidates) {
    traces traces;
    if (candidates.size() > most_candidates) candidates.resize(most_candidates);
    traces.queue_names.insert(candidates.begin(), candidates.end());
    const std::size_t partitions = replies.size() - 1;
    for (std::size_t partition = 0; partition < partitions; ++partition) {
        const std::string_view entry = replies[partition].text();
        for (const std::string_view name : queues_of_entry(entry))
            traces.queue_names.emplace(name);
        if (!entry.empty() && !traces.body_in) traces.body_in = static_cast<std::uint32_t>(partition);
    }
    traces.remembered = read_remembered(replies.back().text());
    const auto& names = traces.remembered.queue_names;
    traces.queue_names.insert(names.begin(), names.end());
    return traces;
}

inspection_answer<traces> find_traces(inspection_ptr context, std::string store_id,
                                      std::vector<std::string> candidates) {
    std::vector<plain_call> commands;
    for (std::uint32_t partition = 0; partition < context->keys.partitions(); ++partition)
        commands.push_back({partition, redis::command("HGET", context->keys.states(partition), store_id)});
    const auto home = context->keys.partition_of(store_id);
    commands.push_back({home, redis::command("GET", context->keys.remembered(home, store_id))});
    const auto replies = co_await ask_plainly(std::move(context), std::move(commands));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    co_return read_traces(*replies, std::move(candidates));
}

/// A delivery for each queue that knows the event.
std::vector<delivery_row> read_rows(const std::set<std::string>& queue_names, const std::string& store_id,
                                    const std::vector<redis::reply>& replies) {
    std::vector<delivery_row> rows;
    std::size_t at = 0;
    for (const std::string& name : queue_names) {
        const redis::reply& reply = replies[at++];
        if (is_known(reply)) rows.push_back(row_of(name, sighting_of(store_id, reply)));
    }
    return rows;
}

/// What the histories tell of an event whose body is gone.
void fill_head(event_view& view, const remembered_event& remembered) {
    if (!view.head.id.empty() || view.deliveries.empty()) return;
    const delivery_row& row = view.deliveries.front();
    view.head.tenant = row.queue_name.substr(0, row.queue_name.find('.'));
    view.head.id = row.event_id;
    view.head.type = row.event_type;
    if (remembered.accepted_at) view.head.accepted_at = *remembered.accepted_at;
}

void fill_body(event_view& view, std::string_view stored) {
    auto event = decode_stored_event(stored);
    if (!event) return;
    view.stored = stored;
    view.body = std::move(event->body);
    event->body.clear();
    view.head = std::move(*event);
}

inspection_answer<event_view> read_view(inspection_ptr context, std::string store_id, traces traces) {
    event_view view;
    std::vector<partition_call> calls;
    for (const std::string& name : traces.queue_names)
        calls.emplace_back(script::find_delivery, context->keys.partition_of(name), name, store_id,
                           std::uint64_t{1}, static_cast<std::uint64_t>(event_head_bytes));
    const auto replies = co_await ask_all(context, std::move(calls));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    view.deliveries = read_rows(traces.queue_names, store_id, *replies);
    if (traces.body_in) {
        std::vector<plain_call> commands;
        commands.push_back(
            {*traces.body_in, redis::command("GET", context->keys.event(*traces.body_in, store_id))});
        const auto body = co_await ask_plainly(context, std::move(commands));
        if (!body) co_return unexpected<read_fault>(body.error());
        fill_body(view, body->front().text());
    }
    fill_head(view, traces.remembered);
    co_return view;
}

}  // namespace

inspection_answer<std::optional<delivery_detail>> read_delivery(inspection_ptr context,
                                                                std::string queue_name,
                                                                std::string store_id) {
    partition_call call(script::find_delivery, context->keys.partition_of(queue_name), queue_name, store_id,
                        most_attempts, "");
    const auto reply = co_await ask(std::move(context), std::move(call));
    if (!reply) co_return unexpected<read_fault>(reply.error());
    if (!is_known(*reply)) co_return std::nullopt;
    co_return detail_of(queue_name, store_id, *reply);
}

inspection_answer<std::optional<event_view>> read_event(inspection_ptr context, std::string store_id,
                                                        std::vector<std::string> candidates) {
    auto traces = co_await find_traces(context, store_id, std::move(candidates));
    if (!traces) co_return unexpected<read_fault>(std::move(traces.error()));
    auto view = co_await read_view(std::move(context), std::move(store_id), std::move(*traces));
    if (!view) co_return unexpected<read_fault>(std::move(view.error()));
    if (view->head.id.empty()) co_return std::nullopt;
    co_return std::move(*view);
}

}  // namespace postrider::queue
