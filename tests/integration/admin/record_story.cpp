#include "record_story.h"

namespace postrider::admin {

namespace {

queue::history_entry entry_for(const queue::delivery& delivery, outcome::kind what) {
    queue::attempt_record record;
    record.event_id = delivery.event->id;
    record.event_type = delivery.event->type;
    record.begun_at = system_time().wall_now();
    record.attempt = delivery.attempt;
    record.what = what;
    record.status = what == outcome::kind::delivered ? 200 : 500;
    record.duration = milliseconds(7);
    if (what == outcome::kind::retry) record.retry_in = milliseconds(3'600'000);
    if (what != outcome::kind::delivered) record.error = "server error";
    queue::history_entry entry;
    entry.record = std::move(record);
    entry.most = 1000;
    return entry;
}

}  // namespace

record_story::record_story() {
    for (const std::string id : {"shop", "other", "mine"}) {
        auto& made = webhooks_[id];
        made.id = id;
        made.tenant = tenant_of(id);
        made.url_text = "https://receiver.example.org/";
        made.events = {"**"};
    }
    show_webhooks();
    store_client_ =
        std::make_unique<redis::client>(store_context_.get_executor(), store_names_,
                                        queue::fast_settings(server_), queue::store::preamble(), clock_);
    store_client_->start();
    until([this] { return store_client_->connected(); });
    for (std::uint32_t partition = 0; partition < store_keys_.partitions(); ++partition)
        call(redis::command("SET", store_keys_.token(partition), "T"));
    store_ =
        std::make_unique<queue::store>(store_context_.get_executor(), *store_client_, store_keys_, leases_,
                                       dispatch_, store_metrics_, clock_, queue::store::settings());
    store_->open_gate();
}

record_story::~record_story() {
    store_.reset();
    bool ended = false;
    runtime::spawn(store_context_.get_executor(), "test", store_client_->stop(), [&ended] { ended = true; });
    until([&ended] { return ended; });
    store_client_.reset();
}

void record_story::until(const std::function<bool()>& so) {
    const auto end = system_time().monotonic_now() + std::chrono::minutes(1);
    store_context_.restart();
    while (!so()) {
        if (system_time().monotonic_now() > end) FAIL() << "it never came to that";
        store_context_.run_one_for(milliseconds(100));
    }
}

void record_story::until_settled(std::size_t before) {
    until([this, before] { return store_->held() < before; });
}

void record_story::show_webhooks() {
    std::vector<endpoint> all;
    for (const auto& [id, one] : webhooks_)
        all.push_back(one);
    write_file(std::move(all));
}

void record_story::bound_queue(const std::string& webhook, std::uint64_t most) {
    webhooks_[webhook].limits.max_queued_events = most;
    show_webhooks();
}

void record_story::order_by_key(const std::string& webhook) {
    webhooks_[webhook].ordering = ordering::key;
    show_webhooks();
}

void record_story::put(const std::string& event, const std::vector<std::string>& webhooks,
                       const std::string& type) {
    auto made = std::make_shared<postrider::event>();
    made->tenant = tenant_of(webhooks.front());
    made->id = event;
    made->type = type;
    made->key = "k";
    made->accepted_at = wall_time(milliseconds(1'769'860'800'000));
    made->body = render_body(event, type, "2026-01-31T12:00:00.000Z", R"({"amount": 1.50})");
    queue::new_event arrival;
    arrival.event = std::move(made);
    for (const auto& id : webhooks)
        arrival.endpoints.push_back(std::make_shared<const endpoint>(webhooks_.at(id)));
    std::optional<queue::enqueue_answer> answer;
    store_->enqueue(std::move(arrival), [&answer](queue::enqueue_answer given) { answer = given; });
    until([&answer] { return answer.has_value(); });
    ASSERT_EQ(answer->status, queue::enqueue_status::stored);
}

queue::delivery record_story::take(const std::string& webhook) {
    const auto before = dispatch_.claimed.size();
    queue::dispatch_port::claim wish{};
    wish.queue_name = tenant_of(webhook) + '.' + webhook;
    wish.partition = store_keys_.partition_of(wish.queue_name);
    wish.count = 1;
    dispatch_.wishes.push_back(wish);
    store_->want_claims();
    until([this, before] { return dispatch_.claimed.size() > before; });
    return dispatch_.claimed.back();
}

void record_story::deliver(const queue::delivery& delivery, bool keeps_body) {
    auto entry = entry_for(delivery, outcome::kind::delivered);
    entry.record->keeps_body = keeps_body;
    const auto before = store_->held();
    store_->complete(delivery, entry);
    until_settled(before);
}

void record_story::retry(const queue::delivery& delivery) {
    const auto before = store_->held();
    store_->retry_later(delivery, std::chrono::hours(1), entry_for(delivery, outcome::kind::retry));
    until_settled(before);
}

void record_story::bury(const queue::delivery& delivery, dead_reason reason) {
    queue::dead_record record;
    record.reason = reason;
    record.attempts = delivery.attempt;
    record.response_code = 500;
    record.response_body = "a\xff";
    record.error = "server error";
    record.event_type = delivery.event->type;
    auto entry = entry_for(delivery, outcome::kind::dead);
    entry.record->reason = reason;
    const auto before = store_->held();
    store_->bury(delivery, record, 1000, entry);
    until_settled(before);
}

void record_story::kill(const std::string& event, const std::string& webhook, const std::string& type,
                        dead_reason reason) {
    put(event, {webhook}, type);
    bury(take(webhook), reason);
}

std::vector<json> record_story::list_all(const std::string& target, const std::string& name,
                                         std::string_view token) {
    std::vector<json> all;
    std::string cursor;
    for (int pages = 0; pages < 100; ++pages) {
        const auto page = ask_as(token, "GET", target + "limit=2" + cursor);
        EXPECT_EQ(page.status, 200) << page.body.dump();
        if (page.status != 200) return all;
        EXPECT_LE(page.body[name].size(), 2U);
        for (const auto& row : page.body[name])
            all.push_back(row);
        if (page.body["next_cursor"].is_null()) return all;
        cursor = "&cursor=" + page.body["next_cursor"].get<std::string>();
    }
    ADD_FAILURE() << "the list has no end";
    return all;
}

}  // namespace postrider::admin
