#include "settle_lane.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {
/// After Redis refused a call (it loads, it is read-only, its disk is full).
constexpr milliseconds pause_after_refusal{100};
/// So long a completion may wait for company, counted from the last round. Nobody waits for it: the slot is
/// free already. A crash may deliver as many twice as were delivered in that time.
constexpr milliseconds between_rounds{8};
/// So long after Redis refused a plain command (it is full, as a rule) completions and claims go by their
/// script alone.
constexpr milliseconds after_plain_refusal{1000};
/// So many do not wait that long; the more rounds are unanswered, the more.
constexpr std::size_t enough_for_a_round = 128;
}  // namespace

settle_lane::settle_lane(std::shared_ptr<store_context> context, std::shared_ptr<due_watch> due)
    : context_(std::move(context)),
      due_(std::move(due)),
      answered_(context_->executor),
      round_timer_(context_->executor),
      pause_timer_(context_->executor) {}

void settle_lane::add(settlement item) {
    const bool is_awaited = item.is_awaited;
    if (item.kind == settlement_kind::save_health)
        health_.put(std::move(item));
    else
        waiting(item.kind).push_back(std::move(item));
    is_urgent_ = is_urgent_ || is_awaited;
    schedule_flush();
}

void settle_lane::want_claims() {
    wants_claims_ = true;
    schedule_flush();
}

void settle_lane::want(dispatch_port::claim claim) {
    if (!context_->may_call()) return refused_claims_.push_back(std::move(claim));
    given_claims_.push_back(std::move(claim));
    schedule_flush();
}

void settle_lane::schedule_flush() {
    if (flush_posted_) return;
    flush_posted_ = true;
    asio::post(context_->executor, [self = shared_from_this()] { self->flush(); });
}

void settle_lane::forget(std::uint32_t partition) {
    for (auto& items : waiting_)
        std::erase_if(items, [partition](const settlement& item) { return item.partition == partition; });
    health_.forget(partition);
    forecasts_.forget(partition);
    answered_.notify_all();
}

void settle_lane::end_refused_claims() {
    // What was given and could not be asked for, because the connection was lost, ends as well.
    if (!context_->may_call()) {
        refused_claims_.insert(refused_claims_.end(), given_claims_.begin(), given_claims_.end());
        given_claims_.clear();
    }
    for (const auto& claim : std::exchange(refused_claims_, {}))
        context_->dispatch.on_claim_ended(claim, 0, true);
}

bool settle_lane::has_work() const {
    return wants_claims_ || !given_claims_.empty() || waits();
}

bool settle_lane::is_worth_a_round() const {
    if (is_urgent_ || wants_claims_ || !given_claims_.empty()) return true;
    if (rounds_ == 0 && (!gathers() || left_to_gather() <= monotonic_time::duration::zero())) return true;
    const auto settlements =
        std::accumulate(waiting_.begin(), waiting_.end(), std::size_t{0},
                        [](std::size_t sum, const auto& items) { return sum + items.size(); });
    return settlements >= enough_for_a_round * static_cast<std::size_t>(std::max(1, rounds_));
}

bool settle_lane::gathers() const {
    const auto& completions = waiting_[static_cast<std::size_t>(settlement_kind::complete)];
    return health_.empty() && std::all_of(waiting_.begin(), waiting_.end(), [&](const auto& items) {
               return items.empty() || &items == &completions;
           });
}

monotonic_time::duration settle_lane::left_to_gather() const {
    return last_round_ + between_rounds - context_->scripts.time.monotonic_now();
}

bool settle_lane::is_quiet() const {
    return rounds_ == 0 && !waits();
}

bool settle_lane::waits() const {
    return !health_.empty() ||
           std::any_of(waiting_.begin(), waiting_.end(), [](const auto& items) { return !items.empty(); });
}

std::deque<settlement>& settle_lane::waiting(settlement_kind kind) {
    return waiting_[static_cast<std::size_t>(kind)];
}

void settle_lane::flush() {
    flush_posted_ = false;
    while (has_work() && rounds_ < most_outstanding && is_worth_a_round() && !paused_ && context_->may_call())
        start_round();
    // The answer of a round looks again, and so do the end of a pause and a new connection.
    if (has_work() && rounds_ == 0 && !paused_ && context_->may_call()) gather_on();
}

void settle_lane::gather_on() {
    if (std::exchange(gathering_, true)) return;
    round_timer_.expires_after(left_to_gather());
    round_timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
        self->gathering_ = false;
        if (!self->context_->stopped) self->flush();
    });
}

void settle_lane::start_round() {
    last_round_ = context_->scripts.time.monotonic_now();
    is_urgent_ = false;
    const auto shared = std::make_shared<round>();
    using enum settlement_kind;
    for (const auto kind : {retry_later, bury, hand_back})
        send(gather(kind), shared);
    send(gather_health(), shared);
    const batch_ptr completions = gather(complete);
    if (last_round_ >= beside_again_at_) completions->push_beside();
    if (wants_claims_ || !given_claims_.empty()) gather_claims(*completions);
    send(completions, shared);
}

settle_lane::batch_ptr settle_lane::gather(settlement_kind kind) {
    auto batch = std::make_shared<settle_batch>(kind, *context_);
    auto& items = waiting(kind);
    while (!items.empty() && !batch->is_full(items.front())) {
        batch->add(std::move(items.front()));
        items.pop_front();
    }
    batch->stamp_records(last_round_);
    return batch;
}

settle_lane::batch_ptr settle_lane::gather_health() {
    auto batch = std::make_shared<settle_batch>(settlement_kind::save_health, *context_);
    while (!health_.empty() && !batch->is_full(health_.front()))
        batch->add(health_.take_front());
    return batch;
}

void settle_lane::gather_claims(settle_batch& batch) {
    const std::size_t most = std::max<std::size_t>(most_items - batch.items().size(), most_items / 8);
    std::size_t may_expect = claim_forecasts::most_of_call(context_->settings.max_body_bytes);
    const bool may_look = may_expect > 0 && last_round_ >= beside_again_at_;
    for (dispatch_port::claim& claim : take_claims(most)) {
        wanted_claim wanted =
            may_look ? forecasts_.prepare(claim, may_expect) : wanted_claim{claim, claim.count};
        may_expect -= wanted.expected.count;
        wanted.retries_first = lane_choice_() % 2 == 0;
        if (!batch.add_claim(std::move(wanted))) refused_claims_.push_back(std::move(claim));
    }
}

std::vector<dispatch_port::claim> settle_lane::take_claims(std::size_t most) {
    std::vector<dispatch_port::claim> claims;
    if (context_->only) {
        const auto end =
            given_claims_.begin() + static_cast<std::ptrdiff_t>(std::min(most, given_claims_.size()));
        std::move(given_claims_.begin(), end, std::back_inserter(claims));
        given_claims_.erase(given_claims_.begin(), end);
        return claims;
    }
    wants_claims_ = false;
    context_->dispatch.collect_claims(claims, most);
    if (claims.size() >= most) wants_claims_ = true;
    return claims;
}

void settle_lane::send(const batch_ptr& batch, const round_ptr& round) {
    if (batch->empty()) return;
    if (round->calls++ == 0) ++rounds_;
    run_script(
        context_->scripts, batch->script_to_run(), context_->generation,
        [batch, context = context_](const script_form& form) { return batch->compose(form); },
        [self = shared_from_this(), batch, round](const redis::call_result& result) {
            if (!self->context_->stopped) self->finish(batch, round, result);
        });
}

void settle_lane::finish(const batch_ptr& batch, const round_ptr& round, const redis::call_result& result) {
    if (--round->calls == 0) --rounds_;
    if (!result) {
        batch->forget_pushed();
        repeat(std::move(batch->items()));
        end_claims_unasked(*batch);
    } else if (result->is_error() && batch->has_beside() && result->sibling(0).is_nil()) {
        // Nothing of the call was executed. The script alone may do better: where Redis is full it makes
        // room.
        if (!result->text().starts_with("OOM"))
            context_->report_refusal(batch->script_to_run(), result->text());
        beside_again_at_ = last_round_ + after_plain_refusal;
        repeat(std::move(batch->items()));
        end_claims_unasked(*batch);
    } else if (result->size() < batch->answers() + batch->claims().size() || result->is_error()) {
        context_->report_refusal(batch->script_to_run(),
                                 result->is_error() ? result->text() : "an answer of the wrong shape");
        pause();
        repeat(std::move(batch->items()));
        for (const wanted_claim& wanted : batch->claims())
            refused_claims_.push_back(wanted.claim);
    } else {
        read_answer(*batch, *result);
    }
    if (has_work()) schedule_flush();
    answered_.notify_all();
}

void settle_lane::end_claims_unasked(const settle_batch& batch) {
    for (const wanted_claim& wanted : batch.claims())
        context_->dispatch.on_claim_ended(wanted.claim, 0, true);
}

void settle_lane::read_answer(settle_batch& batch, const redis::reply& reply) {
    aftermath after;
    batch.note_lengths(reply);
    batch.visit_answers(
        reply, [&](settlement& item, std::string_view answer) { read_settlement(item, answer, after); });
    read_claims(batch, reply, after);
    for (const std::uint32_t partition : after.fenced)
        context_->report_fenced(partition, batch.token_of(partition));
    repeat(std::move(after.without_history));
    if (after.repeated.empty()) return;
    pause();
    repeat(std::move(after.repeated));
}

void settle_lane::read_settlement(settlement& item, std::string_view answer, aftermath& after) {
    const char kind = answer.empty() ? 'E' : answer.front();
    if (kind == 'E') {
        context_->report_fault("settle", answer);
        // A key of the wrong kind stays one; anything else may pass.
        if (!answer.starts_with("EWRONGTYPE")) return after.repeated.push_back(std::move(item));
    }
    if (kind == 'H') return after.without_history.push_back(std::move(item));
    if (kind == 'F') after.fenced.push_back(item.partition);
    if (item.kind == settlement_kind::save_health) return;
    if (kind == 'A' && item.kind == settlement_kind::retry_later)
        due_->note_retry(item.partition, item.delay);
    if (answer == "AW") context_->dispatch.on_ready(item.partition, item.queue_name);
    context_->held.erase(item.partition, item.queue_name, item.store_id, item.attempt);
}

void settle_lane::read_claims(settle_batch& batch, const redis::reply& reply, aftermath& after) {
    std::size_t position = batch.answers();
    for (const wanted_claim& wanted : batch.claims()) {
        const dispatch_port::claim& claim = wanted.claim;
        claim_outcome outcome = read_claim(wanted, reply, position, *context_);
        // Lost meanwhile: whoever owns the partition now recovers what this claim took.
        const bool ours = context_->leases.settle_token(claim.partition) == batch.token_of(claim.partition);
        if (outcome.what == claim_outcome::kind::faulty) {
            refused_claims_.push_back(claim);
        } else if (outcome.what == claim_outcome::kind::fenced || !ours) {
            after.fenced.push_back(claim.partition);
            context_->dispatch.on_claim_ended(claim, 0, true);
        } else {
            put_in_flight(wanted, std::move(outcome), reply);
        }
    }
}

void settle_lane::put_in_flight(const wanted_claim& wanted, claim_outcome outcome,
                                const redis::reply& reply) {
    const auto granted = static_cast<std::uint32_t>(outcome.deliveries.size());
    std::size_t largest = 0;
    for (delivery& given : outcome.deliveries) {
        largest = std::max(largest, given.event->body.size());
        context_->held.insert(given);
        context_->dispatch.on_claimed(std::move(given));
    }
    for (const delivery& unreadable : outcome.unreadable)
        bury_unreadable(unreadable);
    if (outcome.more)
        forecasts_.learn(wanted, granted + outcome.unreadable.size(), largest, outcome.were_beside, reply);
    context_->dispatch.on_claim_ended(wanted.claim, granted, outcome.more);
}

void settle_lane::bury_unreadable(const delivery& delivery) {
    context_->report_fault("event_body", inflight_field(delivery.queue_name, delivery.store_id));
    context_->held.insert(delivery);
    dead_record record;
    record.reason = dead_reason::interrupted;
    record.attempts = delivery.attempt - 1;
    record.error = "the stored event is missing or cannot be read";
    settlement item;
    item.kind = settlement_kind::bury;
    item.partition = delivery.partition;
    item.queue_name = delivery.queue_name;
    item.store_id = delivery.store_id;
    item.attempt = delivery.attempt;
    item.counter = "dead";
    item.record = encode_dead_record(record);
    add(std::move(item));
}

void settle_lane::repeat(std::vector<settlement> items) {
    if (items.empty()) return;
    if (items.front().kind == settlement_kind::save_health) {
        for (settlement& item : items)
            health_.put(std::move(item));
        return;
    }
    auto& waits = waiting(items.front().kind);
    waits.insert(waits.begin(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
}

void settle_lane::pause() {
    if (paused_) return;
    paused_ = true;
    pause_timer_.expires_after(pause_after_refusal);
    pause_timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
        self->paused_ = false;
        self->schedule_flush();
    });
}

namespace {

template <typename Lane, typename Quiet>
asio::awaitable<bool> wait_until_quiet(std::shared_ptr<Lane> lane, runtime::signal& answered,
                                       const time_source& time, Quiet is_quiet, milliseconds longest) {
    const monotonic_time end = time.monotonic_now() + longest;
    while (!is_quiet(*lane)) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - time.monotonic_now());
        if (left.count() <= 0) co_return false;
        co_await answered.wait_for(left);
    }
    co_return true;
}

}  // namespace

asio::awaitable<bool> settle_lane::drain(milliseconds longest) {
    is_urgent_ = true;
    schedule_flush();
    return wait_until_quiet(
        shared_from_this(), answered_, context_->scripts.time,
        [](const settle_lane& lane) { return lane.is_quiet(); }, longest);
}

}  // namespace postrider::queue
