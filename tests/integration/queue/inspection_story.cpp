#include "inspection_story.h"

#include <utility>

namespace postrider::queue {

void inspection_story::SetUp() {
    store_story::SetUp();
    inspection_ = std::make_unique<inspection>(*client_, names_, metrics_, clock_);
}

void inspection_story::TearDown() {
    inspection_.reset();
    store_story::TearDown();
}

void inspection_story::put(const std::string& event, const std::vector<std::string>& endpoints) {
    const auto before = answers_.size();
    enqueue(event, endpoints);
    until([&] { return answers_.size() > before; });
    ASSERT_EQ(answers_.back().second.status, enqueue_status::stored);
}

void inspection_story::put_keyed(const std::string& event, const std::string& key) {
    new_event arrival = event_for(event, {});
    auto keyed = *arrival.event;
    keyed.key = key;
    arrival.event = std::make_shared<const postrider::event>(std::move(keyed));
    auto endpoint = std::make_shared<postrider::endpoint>();
    endpoint->id = "shop";
    endpoint->ordering = ordering::key;
    arrival.endpoints.push_back(endpoint);
    std::optional<enqueue_answer> answer;
    store_->enqueue(std::move(arrival), into(answer));
    until([&] { return answer.has_value(); });
}

delivery inspection_story::take(const std::string& endpoint) {
    const auto before = dispatch_.claimed.size();
    wish(endpoint, 1);
    until([&] { return dispatch_.claimed.size() > before; });
    return dispatch_.claimed.back();
}

history_entry inspection_story::entry_for(const delivery& delivery, outcome::kind what) {
    attempt_record record;
    record.event_id = delivery.event->id;
    record.event_type = delivery.event->type;
    record.begun_at = system_time().wall_now();
    record.attempt = delivery.attempt;
    record.what = what;
    record.status = what == outcome::kind::delivered ? 200 : 500;
    record.duration = milliseconds(7);
    if (what != outcome::kind::delivered) record.error = "server error";
    history_entry entry;
    entry.record = std::move(record);
    entry.most = 100000;
    return entry;
}

void inspection_story::deliver(const delivery& delivery, bool keeps_body) {
    auto entry = entry_for(delivery, outcome::kind::delivered);
    entry.record->keeps_body = keeps_body;
    const auto before = store_->held();
    store_->complete(delivery, entry);
    until([&] { return store_->held() < before; });
}

void inspection_story::retry(const delivery& delivery, milliseconds delay) {
    const auto before = store_->held();
    store_->retry_later(delivery, delay, entry_for(delivery, outcome::kind::retry));
    until([&] { return store_->held() < before; });
}

void inspection_story::bury(const delivery& delivery, dead_reason reason) {
    dead_record record;
    record.reason = reason;
    record.attempts = delivery.attempt;
    record.response_code = 500;
    record.error = "server error";
    record.event_type = delivery.event->type;
    auto entry = entry_for(delivery, outcome::kind::dead);
    entry.record->reason = reason;
    const auto before = store_->held();
    store_->bury(delivery, record, 100000, entry);
    until([&] { return store_->held() < before; });
}

void inspection_story::kill(const std::string& event, const std::string& endpoint, dead_reason reason) {
    put(event, {endpoint});
    bury(take(endpoint), reason);
}

page<delivery_row> inspection_story::list(const delivery_filter& filter, const std::string& position,
                                          std::size_t most) {
    return ask(inspection_->deliveries(shop, filter, position, most));
}

inspection_story::rows inspection_story::list_all(const delivery_filter& filter, std::size_t most) {
    rows all;
    std::string position;
    for (int pages = 0; pages < 2000; ++pages) {
        auto page = list(filter, position, most);
        EXPECT_LE(page.rows.size(), most);
        std::move(page.rows.begin(), page.rows.end(), std::back_inserter(all));
        if (page.next.empty()) return all;
        position = page.next;
    }
    ADD_FAILURE() << "the list has no end";
    return all;
}

std::vector<dead_letter> inspection_story::letters(const dead_letter_filter& filter, std::size_t most) {
    std::vector<dead_letter> all;
    std::string position;
    for (int pages = 0; pages < 2000; ++pages) {
        auto page = ask(inspection_->dead_letters(filter, position, most));
        EXPECT_LE(page.rows.size(), most);
        std::move(page.rows.begin(), page.rows.end(), std::back_inserter(all));
        if (page.next.empty()) return all;
        position = page.next;
    }
    ADD_FAILURE() << "the list has no end";
    return all;
}

std::vector<std::string> inspection_story::events_of(const rows& rows) {
    std::vector<std::string> events;
    for (const auto& row : rows)
        events.push_back(row.event_id + ' ' + std::string(to_string(row.status)));
    return events;
}

std::vector<std::string> inspection_story::events_of(const std::vector<dead_letter>& letters) {
    std::vector<std::string> events;
    for (const auto& letter : letters)
        events.push_back(letter.event_id);
    return events;
}

delivery_filter inspection_story::with_status(delivery_status status) {
    delivery_filter filter;
    filter.status = status;
    return filter;
}

inspection::item inspection_story::item_of(const std::string& event, const std::string& queue,
                                           std::uint64_t max_queued) const {
    inspection::item item;
    item.queue_name = queue;
    item.store_id = id_of(event);
    item.max_queued = max_queued;
    return item;
}

std::string inspection_story::state(const std::string& event, const std::string& endpoint) {
    return state_of_entry(outside_->text("HGET", names_.states(partition_of(endpoint)), id_of(event)),
                          "default." + endpoint);
}

}  // namespace postrider::queue
