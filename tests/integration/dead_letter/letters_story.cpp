#include "letters_story.h"

#include <functional>
#include <utility>

namespace postrider::dead_letter {

void burying_dispatch::on_claimed(queue::delivery delivery) {
    if (!buries) {
        held.push_back(std::move(delivery));
        return;
    }
    queue::dead_record record;
    record.attempts = delivery.attempt;
    record.event_type = delivery.event->type;
    record.error = "refused";
    store->bury(delivery, record, 100'000, queue::history_entry());
    ++buried;
}

void letters_story::SetUp() {
    jobs_story::SetUp();
    for (std::uint32_t partition = 0; partition < names_.partitions(); ++partition)
        redis("SET", names_.token(partition), "T");
    store_ = std::make_unique<queue::store>(context_.get_executor(), *client_, names_, leases_, dispatch_,
                                            metrics_, system_time(), queue::store::settings());
    dispatch_.store = store_.get();
    store_->open_gate();
    inspection_ = std::make_unique<queue::inspection>(*client_, names_, metrics_, system_time());
    belongings_ = std::make_unique<queue::belongings>(*client_, names_, metrics_, system_time());
}

void letters_story::TearDown() {
    belongings_.reset();
    inspection_.reset();
    store_.reset();
    jobs_story::TearDown();
}

void letters_story::store_events(const std::string& endpoint, int from, int to, const std::string& type) {
    auto receiver = std::make_shared<postrider::endpoint>();
    receiver->id = endpoint;
    int stored = 0;
    const std::function<void(queue::new_event)> put = [&](const queue::new_event& arrival) {
        store_->enqueue(arrival, [&put, &stored, arrival](const queue::enqueue_answer& answer) {
            // It waited for its call longer than a client would, on a busy machine: it was not sent.
            if (answer.status == queue::enqueue_status::unavailable) return put(arrival);
            EXPECT_EQ(answer.status, queue::enqueue_status::stored);
            ++stored;
        });
    };
    for (int number = from; number < to; ++number) {
        event made;
        made.tenant = tenant;
        made.id = endpoint + "-" + std::to_string(number);
        made.type = type;
        made.accepted_at = system_time().wall_now();
        made.body = "body " + std::to_string(number);
        queue::new_event arrival;
        arrival.event = std::make_shared<const event>(std::move(made));
        arrival.endpoints.push_back(receiver);
        put(std::move(arrival));
    }
    until([&] {
        return stored == to - from && (!dispatch_.reserves || !dispatch_.buries || store_->held() == 0);
    });
}

std::uint64_t letters_story::dead(const std::string& endpoint) {
    return overview(endpoint).dead;
}

std::vector<std::string> letters_story::walk(const queue::dead_letter_filter& filter) {
    std::vector<std::string> names;
    std::string position;
    do {
        auto page = get(inspection_->dead_letters(filter, position, 7));
        if (!page) {
            ADD_FAILURE() << page.error().text;
            return names;
        }
        for (const auto& row : page->rows)
            names.push_back(row.queue_name + '|' + row.store_id);
        position = page->next;
    } while (!position.empty());
    return names;
}

queue::inspection::overview letters_story::overview(const std::string& endpoint) {
    auto seen = get(inspection_->overviews(std::vector<std::string>{queue_of(endpoint)}));
    if (!seen || seen->size() != 1) {
        ADD_FAILURE() << (seen ? "not one" : seen.error().text);
        return {};
    }
    return seen->front();
}

letters_story::daemon letters_story::make_daemon() {
    daemon made;
    made.jobs = std::make_unique<job_store>(*client_, "test", random_, system_time());
    job_runner::surroundings around{
        context_.get_executor(),
        *made.jobs,
        *inspection_,
        *belongings_,
        random_,
        clock_,
        [this](const std::string&) {
            job_runner::limits limits;
            limits.max_queued = max_queued_;
            ++looks_;
            limits.known = !is_gone_;
            return limits;
        },
        [this](std::string queue_name) { woken_.insert(std::move(queue_name)); },
        [this](std::string) { return tell_stored(); },
        [this](const queue::inspection::ending&, const std::vector<queue::inspection::death>& deaths) {
            reported_.insert(reported_.end(), deaths.begin(), deaths.end());
        },
        exclusive_};
    made.runner = std::make_unique<job_runner>(std::move(around));
    return made;
}

boost::asio::awaitable<std::optional<bool>> letters_story::tell_stored() {
    ++looks_;
    co_return is_stored_;
}

void letters_story::wait_for_looks(daemon& runs) {
    for (int round = 0; round < 2; ++round) {
        const int before = looks_;
        runs.runner->wake();
        until([this, before] { return looks_ > before; });
    }
}

void letters_story::stop(daemon& ended) {
    run(ended.runner->stop());
    ended.runner.reset();
    ended.jobs.reset();
}

job letters_story::ended(const std::string& id) {
    job there = found(id);
    while (there.status == job_status::running && !HasFailure()) {
        context_.restart();
        context_.run_one_for(milliseconds(100));
        there = found(id);
    }
    return there;
}

}  // namespace postrider::dead_letter
