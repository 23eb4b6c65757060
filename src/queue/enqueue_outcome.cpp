#include "enqueue_batch.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace postrider::queue {

namespace {

std::uint32_t parse_count(std::string_view text) {
    std::uint32_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

}  // namespace

void enqueue_batch::finish(const redis::reply& reply, bool confirmed) {
    if (reply.size() != answers_for_groups() + apart_.size()) {
        context_.report_refusal(script::enqueue, "an answer of the wrong shape");
        return finish_all(enqueue_status::unavailable);
    }
    std::size_t at = finish_groups(reply, confirmed);
    for (const std::size_t index : apart_)
        finish_one(items_[index], reply[at++].text(), confirmed);
}

std::size_t enqueue_batch::answers_for_groups() const {
    std::size_t answers = 0;
    std::uint32_t laid = 0;
    for (const group& group : groups_) {
        if (!group.reserved || group.place != laid) ++answers;
        if (group.reserved) laid = group.place;
    }
    return answers;
}

std::size_t enqueue_batch::finish_groups(const redis::reply& reply, bool confirmed) {
    std::size_t at = 0;
    visit_places([&](groups laid, groups others) {
        if (!laid.empty()) finish_laid(laid, reply[at++], confirmed);
        for (const group& group : others)
            finish_group(group, reply[at++], confirmed);
    });
    return at;
}

void enqueue_batch::finish_laid(groups laid, const redis::reply_view& answer, bool confirmed) {
    const bool in_flight = answer.text() == "S";
    for (std::size_t at = 0; at < laid.size(); ++at) {
        if (!in_flight) {
            finish_group(laid[at], answer[at], confirmed);
            continue;
        }
        for (const std::size_t index : laid[at].items)
            finish_stored(items_[index], "f", confirmed);
    }
}

void enqueue_batch::finish_group(const group& group, const redis::reply_view& answer, bool confirmed) {
    const std::string_view whole = answer.text();
    const bool stored = whole.starts_with('S') && whole.size() == group.items.size() + 1;
    for (std::size_t index = 0; index < group.items.size(); ++index) {
        entry& item = items_[group.items[index]];
        if (stored)
            finish_stored(item, whole.substr(index + 1, 1), confirmed);
        else
            finish_one(item, whole.empty() ? answer[index].text() : whole, confirmed);
    }
}

void enqueue_batch::finish_one(entry& item, std::string_view answer, bool confirmed) {
    const char kind = answer.empty() ? 'E' : answer.front();
    const std::string_view rest = answer.substr(std::min<std::size_t>(1, answer.size()));
    const std::size_t deliveries = item.targets.size() + item.event.event.elsewhere.size();
    if (kind == 'S' && rest.size() == deliveries) return finish_stored(item, rest, confirmed);
    give_back(item);
    enqueue_answer result;
    if (kind == 'D') {
        if (confirmed) result.status = enqueue_status::duplicate;
        result.deliveries = parse_count(rest);
        result.recorded = rest.substr(std::min(rest.find(' '), rest.size() - 1) + 1);
    } else if (kind == 'C') {
        result.status = enqueue_status::conflict;
    } else {
        context_.report_fault("enqueue", rest);
    }
    item.event.done(result);
}

void enqueue_batch::finish_stored(entry& item, std::string_view letters, bool confirmed) {
    enqueue_answer result;
    if (confirmed) result.status = enqueue_status::stored;
    result.deliveries = static_cast<std::uint32_t>(letters.size());
    item.event.done(result);
    for (std::size_t index = 0; index < item.targets.size(); ++index) {
        const destination& target = item.targets[index];
        if (letters[index] == 'f') {
            put_in_flight(item, target);
            continue;
        }
        if (target.reserved) context_.dispatch.on_not_claimed(target.queue_name);
        if (letters[index] == 'r') context_.dispatch.on_ready(target.partition, target.queue_name);
        if (letters[index] == 'x')
            context_.dispatch.on_backlog_full(target.partition, item.event.event.endpoints[index],
                                              item.event.event.event);
    }
}

void enqueue_batch::put_in_flight(entry& item, const destination& target) {
    // The partition was lost while the call was under way: its new owner recovers the entry.
    if (context_.leases.settle_token(target.partition) != partitions_.token_of(target.partition))
        return context_.dispatch.on_not_claimed(target.queue_name);
    delivery claimed;
    claimed.partition = target.partition;
    claimed.queue_name = target.queue_name;
    claimed.store_id = item.event.store_id;
    claimed.attempt = 1;
    claimed.event = item.event.event.event;
    claimed.since = claimed.event->accepted_at;
    context_.held.insert(claimed);
    context_.dispatch.on_claimed(std::move(claimed));
}

void enqueue_batch::finish_all(enqueue_status status) {
    for (entry& item : items_) {
        give_back(item);
        enqueue_answer result;
        result.status = status;
        item.event.done(result);
    }
}

std::vector<waiting_event> enqueue_batch::take_back() {
    std::vector<waiting_event> events;
    for (entry& item : items_) {
        give_back(item);
        events.push_back(std::move(item.event));
    }
    return events;
}

void enqueue_batch::give_back(const entry& item) {
    for (const destination& target : item.targets)
        if (target.reserved) context_.dispatch.on_not_claimed(target.queue_name);
}

}  // namespace postrider::queue
