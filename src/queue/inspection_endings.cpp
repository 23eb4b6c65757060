#include "inspection_moves.h"
#include "inspection_row.h"

#include <algorithm>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::uint64_t most_changes = 256;
constexpr std::uint64_t queues_a_step = 64;
/// Beyond it scripts could not count exactly; nothing is kept that long.
constexpr std::int64_t longest_retention_ms = 4'000'000'000'000;

/// What waiting_before.lua found: a call that ends it, and what ends by it.
struct ending_plan {
    partition_call call;
    std::vector<inspection::death> deaths;
    std::size_t stay = 0;  ///< entries of `again` that were looked at and are too young
};

std::string record_of(const inspection::ending& what, const delivery_state& state, const event& head) {
    dead_record record;
    record.reason = what.reason;
    record.attempts = state.attempts;
    record.error = what.error;
    record.event_type = head.type;
    return encode_dead_record(record);
}

ending_plan plan_ending(const inspection::ending& what, std::uint32_t partition, const redis::reply& found) {
    const std::string_view counter = what.reason == dead_reason::expired ? "expired" : "dead";
    ending_plan plan{partition_call(script::end_waiting, partition, what.queue_name, counter,
                                    what.max_dead_letters, found[0].text()),
                     {},
                     static_cast<std::size_t>(found[0].integer().value_or(0))};
    for (std::size_t at = 1; at + 3 < found.size(); at += 4) {
        const auto state = parse_state(found[at + 2].text());
        if (!state) continue;
        // Dead also when its event cannot be read: it could not be sent either.
        auto head = decode_event_head(found[at + 3].text()).value_or(event());
        for (std::size_t element = at; element < at + 3; ++element)
            plan.call.add(found[element].text());
        plan.call.add(record_of(what, *state, head));
        plan.deaths.push_back({std::move(head), state->attempts});
    }
    return plan;
}

/// Of what the script did end.
inspection::ended read_ended(inspection_context& context, ending_plan& plan, const redis::reply& answers) {
    inspection::ended ended;
    for (std::size_t at = 0; at < plan.deaths.size(); ++at) {
        const std::string_view answer = answers[at].text();
        if (answer == "A")
            ended.deaths.push_back(std::move(plan.deaths[at]));
        else if (answer != "S")
            context.report_fault("end_waiting", answer);
    }
    ended.more = !ended.deaths.empty();
    return ended;
}

std::string text_of_retention(milliseconds retention) {
    return std::to_string(std::clamp<std::int64_t>(retention.count(), 0, longest_retention_ms));
}

}  // namespace

inspection_answer<inspection::ended> end_what_waits(inspection_ptr context, inspection::ending what) {
    const auto partition = context->keys.partition_of(what.queue_name);
    partition_call look(script::waiting_before, partition, what.queue_name,
                        milliseconds_text(what.accepted_before), most_changes,
                        static_cast<std::uint64_t>(event_head_bytes));
    const auto found = co_await ask(context, std::move(look));
    if (!found) co_return unexpected<read_fault>(found.error());
    ending_plan plan = plan_ending(what, partition, *found);
    if (plan.deaths.empty() && plan.stay == 0) co_return inspection::ended();
    auto call = plan.call;
    const auto answers = co_await ask(context, std::move(call));
    if (!answers) co_return unexpected<read_fault>(answers.error());
    co_return read_ended(*context, plan, *answers);
}

inspection_answer<bool> drop_records(inspection_ptr context, std::string queue_name) {
    partition_call call(script::drop_history, context->keys.partition_of(queue_name), queue_name,
                        most_changes);
    const auto reply = co_await ask(std::move(context), std::move(call));
    if (!reply) co_return unexpected<read_fault>(reply.error());
    co_return reply->text() == "1";
}

inspection_answer<bool> sweep_partition(inspection_ptr context, std::uint32_t partition,
                                        std::shared_ptr<std::vector<std::string>> cursors,
                                        inspection::retention_of terms) {
    std::vector<plain_call> commands;
    commands.push_back({partition, redis::command("SSCAN", context->keys.names(partition),
                                                  (*cursors)[partition], "COUNT", queues_a_step)});
    const auto scanned = co_await ask_plainly(context, std::move(commands));
    if (!scanned) co_return unexpected<read_fault>(scanned.error());
    const redis::reply& step = scanned->front();
    if (step.is_error()) {
        context->report_fault("names", step.text());
        co_return false;
    }
    partition_call call(script::sweep, partition, most_changes);
    for (std::size_t at = 0; at < step[1].size(); ++at) {
        const std::string_view name = step[1][at].text();
        const auto kept = terms(name);
        call.add(name);
        call.add(text_of_retention(kept.dead_letters));
        call.add(text_of_retention(kept.history));
    }
    const auto swept = co_await ask(context, std::move(call));
    if (!swept) co_return unexpected<read_fault>(swept.error());
    for (std::size_t at = 1; at < swept->size(); ++at)
        context->report_fault("sweep", (*swept)[at].text());
    if ((*swept)[0].text() == "1") co_return true;  // these queues again
    (*cursors)[partition] = step[0].text();
    co_return (*cursors)[partition] != "0";
}

}  // namespace postrider::queue
