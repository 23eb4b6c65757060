#include "spread_intake.h"

#include <postrider/base/stored_time.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::daemon {

using queue::enqueue_answer;
using queue::enqueue_status;

namespace {

using parts = std::map<std::uint32_t, std::vector<endpoint_ptr>>;

parts by_partition(const std::vector<endpoint_ptr>& endpoints, const queue::keys& keys) {
    parts found;
    for (const auto& endpoint : endpoints)
        found[keys.partition_of(endpoint->queue_name())].push_back(endpoint);
    return found;
}

/// What the first try had stored under the id.
struct record {
    wall_time accepted_at{};
    std::vector<std::string> queue_names;
};

std::optional<record> read_record(std::string_view text) {
    record read;
    std::int64_t at_ms = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), at_ms);
    if (fault != std::errc()) return std::nullopt;
    const auto accepted_at = stored_time(at_ms);
    if (!accepted_at) return std::nullopt;
    read.accepted_at = *accepted_at;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    while (!text.empty()) {
        text.remove_prefix(1);
        const auto space = std::min(text.find(' '), text.size());
        read.queue_names.emplace_back(text.substr(0, space));
        text.remove_prefix(space);
    }
    return read;
}

/// An endpoint that is known by nothing but its queue: what is stored for it is held until it is known again.
endpoint_ptr unknown_endpoint(const std::string& queue_name) {
    auto made = std::make_shared<endpoint>();
    const auto dot = queue_name.find('.');
    made->tenant = queue_name.substr(0, dot);
    made->id = queue_name.substr(std::min(dot, queue_name.size() - 1) + 1);
    return made;
}

/// The event as it was accepted first. A time that its client gave is the same in both.
event_ptr as_accepted(const event& repeated, wall_time accepted_at) {
    auto first = std::make_shared<event>(repeated);
    first->accepted_at = accepted_at;
    const std::string present = "\"timestamp\":\"" + to_rfc3339(repeated.accepted_at) + '"';
    const std::string recorded = "\"timestamp\":\"" + to_rfc3339(accepted_at) + '"';
    const auto at = first->body.find("\"timestamp\":\"");
    if (at != std::string::npos && first->body.compare(at, present.size(), present) == 0)
        first->body.replace(at, present.size(), recorded);
    return first;
}

/// The worst of what the partitions answered counts.
int gravity(enqueue_status status) {
    switch (status) {
        case enqueue_status::stored:
        case enqueue_status::duplicate:
            return 0;
        case enqueue_status::conflict:
            return 1;
        case enqueue_status::full:
            return 2;
        case enqueue_status::unavailable:
            break;
    }
    return 3;
}

/// One event on its way into its partitions.
struct spreading : std::enable_shared_from_this<spreading> {
    spreading(spread_intake around, queue::new_event whole, spread_intake::answered then)
        : with(std::move(around)), event(std::move(whole)), done(std::move(then)) {}

    void begin() {
        rest = by_partition(event.endpoints, with.keys);
        result.status = enqueue_status::stored;
        result.deliveries = static_cast<std::uint32_t>(event.endpoints.size());
        if (event.content_hash.empty() && !rest.empty()) return write_rest();
        const auto home = with.keys.partition_of(store_id(event.event->tenant, event.event->id));
        queue::new_event first{event.event, event.content_hash, std::move(rest[home]), home, {}};
        rest.erase(home);
        for (const auto& [partition, endpoints] : rest)
            for (const auto& endpoint : endpoints)
                first.elsewhere.push_back(endpoint->queue_name());
        with.write(home, std::move(first), [self = shared_from_this(), home](const enqueue_answer& answer) {
            self->go_on(home, answer);
        });
    }

    void go_on(std::uint32_t home, const enqueue_answer& answer) {
        if (gravity(answer.status) > 0) return done(answer);
        result = answer;
        if (answer.status == enqueue_status::duplicate) take_record(home, answer.recorded);
        write_rest();
    }

    void take_record(std::uint32_t home, std::string_view text) {
        const auto record = read_record(text);
        rest.clear();
        if (!record) return;
        std::vector<endpoint_ptr> recorded;
        for (const std::string& name : record->queue_names) {
            const auto known = with.find(name);
            recorded.push_back(known ? known : unknown_endpoint(name));
        }
        rest = by_partition(recorded, with.keys);
        rest.erase(home);
        event.event = as_accepted(*event.event, record->accepted_at);
    }

    void write_rest() {
        missing = rest.size();
        if (missing == 0) return done(result);
        for (auto& [partition, endpoints] : rest) {
            queue::new_event part{event.event, event.content_hash, std::move(endpoints), partition, {}};
            with.write(partition, std::move(part),
                       [self = shared_from_this()](const enqueue_answer& answer) { self->note(answer); });
        }
    }

    void note(const enqueue_answer& answer) {
        if (gravity(answer.status) > gravity(result.status)) result.status = answer.status;
        if (--missing == 0) done(result);
    }

    const spread_intake with;
    queue::new_event event;
    const spread_intake::answered done;
    parts rest;
    std::size_t missing = 0;
    enqueue_answer result;
};

}  // namespace

void spread_intake::store(queue::new_event event, answered done) const {
    std::make_shared<spreading>(*this, std::move(event), std::move(done))->begin();
}

}  // namespace postrider::daemon
