#include "depth_reader.h"
#include "due_watch.h"
#include "enqueue_lane.h"
#include "recovery.h"
#include "settle_lane.h"
#include "store_context.h"

#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

struct store::impl {
    explicit impl(std::shared_ptr<store_context> shared)
        : context(std::move(shared)),
          due(std::make_shared<due_watch>(context)),
          events(std::make_shared<enqueue_lane>(context)),
          settlements(std::make_shared<settle_lane>(context, due)) {}

    std::shared_ptr<store_context> context;
    std::shared_ptr<due_watch> due;
    std::shared_ptr<enqueue_lane> events;
    std::shared_ptr<settle_lane> settlements;
};

namespace {

/// Nothing is remembered where no record may stay.
std::string encode_entry(const history_entry& history, std::string_view store_id) {
    if (!history.record || history.most == 0) return {};
    return encode_attempt(store_id, *history.record);
}

settlement settlement_of(const delivery& delivery, settlement_kind kind, const history_entry& history = {}) {
    settlement item;
    item.kind = kind;
    item.partition = delivery.partition;
    item.queue_name = delivery.queue_name;
    item.store_id = delivery.store_id;
    item.attempt = delivery.attempt;
    item.history = encode_entry(history, delivery.store_id);
    item.most_history = history.most;
    return item;
}

}  // namespace

store::store(const asio::any_io_executor& executor, redis::client& client, const keys& keys,
             lease_port& leases, dispatch_port& dispatch, metrics::registry& metrics, const time_source& time,
             settings settings)
    : impl_(std::make_shared<impl>(std::make_shared<store_context>(executor, client, keys, leases, dispatch,
                                                                   metrics, time, settings))) {}

store::~store() {
    impl_->context->stopped = true;
    impl_->due->stop();
    impl_->events->stop();
    impl_->settlements->stop();
}

std::vector<redis::command> store::preamble() {
    std::vector<redis::command> commands;
    for (std::size_t index = 0; index < embedded_script_count; ++index)
        commands.emplace_back("SCRIPT", "LOAD", embedded_scripts[index].text);
    return commands;
}

void store::enqueue(new_event event, std::function<void(enqueue_answer)> done) {
    impl_->events->add(std::move(event), std::move(done));
}

void store::complete(const delivery& delivery, const history_entry& history) {
    impl_->settlements->add(settlement_of(delivery, settlement_kind::complete, history));
}

void store::retry_later(const delivery& delivery, milliseconds delay, const history_entry& history) {
    settlement item = settlement_of(delivery, settlement_kind::retry_later, history);
    item.delay = delay;
    impl_->settlements->add(std::move(item));
}

void store::bury(const delivery& delivery, const dead_record& record, std::uint64_t max_dead_letters,
                 const history_entry& history) {
    settlement item = settlement_of(delivery, settlement_kind::bury, history);
    item.most_dead = max_dead_letters;
    item.counter = record.reason == dead_reason::expired ? "expired" : "dead";
    item.record = encode_dead_record(record);
    impl_->settlements->add(std::move(item));
}

void store::hand_back(const delivery& delivery) {
    impl_->settlements->add(settlement_of(delivery, settlement_kind::hand_back));
}

void store::save_health(std::uint32_t partition, std::string queue_name, std::string text) {
    settlement item;
    item.kind = settlement_kind::save_health;
    item.partition = partition;
    item.queue_name = std::move(queue_name);
    item.record = std::move(text);
    impl_->settlements->add(std::move(item));
}

void store::note_test(std::uint32_t partition, std::string queue_name, std::string store_id,
                      const history_entry& history) {
    const auto context = impl_->context;
    std::string record = encode_entry(history, store_id);
    if (record.empty() || !context->may_call()) return;
    command_composer composer = [context, partition, queue_name = std::move(queue_name),
                                 record = std::move(record), most = history.most](const script_form& form) {
        return redis::command(form.verb, form.script, 1, context->keys.base(partition), queue_name, record,
                              most);
    };
    run_script(context->scripts, script::note_test, context->generation, std::move(composer),
               [context](const redis::call_result& result) {
                   if (context->stopped || !result || !result->is_error()) return;
                   context->report_refusal(script::note_test, result->text());
               });
}

void store::want_claims() {
    impl_->settlements->want_claims();
}

void store::promote_due() {
    impl_->settlements->end_refused_claims();
    impl_->due->look_at_all();
}

asio::awaitable<bool> store::recover(std::uint32_t partition) {
    return recover_partition(impl_->context, partition);
}

void store::close_gate() {
    impl_->context->gate_open = false;
}

void store::open_gate() {
    impl_->context->gate_open = true;
    impl_->context->generation = impl_->context->scripts.client.generation();
    impl_->events->schedule_flush();
    impl_->settlements->schedule_flush();
}

void store::forget(std::uint32_t partition) {
    impl_->context->held.forget(partition);
    impl_->context->health_told.erase(partition);
    impl_->settlements->forget(partition);
}

std::size_t store::held() const noexcept {
    return impl_->context->held.size();
}

asio::awaitable<bool> store::drain(milliseconds longest) {
    return impl_->settlements->drain(longest);
}

asio::awaitable<std::vector<store::depth>> store::depths(std::vector<std::string> queue_names) {
    return read_depths(impl_->context, std::move(queue_names));
}

}  // namespace postrider::queue
