#include "depth_reader.h"

#include "stored_event.h"

#include <algorithm>
#include <span>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

constexpr std::size_t queues_a_call = 64;

redis::command compose(std::span<const std::string> names, const keys& keys, const script_form& form) {
    call_partitions named;
    for (const std::string& name : names)
        named.add(keys.partition_of(name), {});
    redis::command command = named.begin_command(form, keys);
    for (const std::string& name : names) {
        command.add(named.place_of(keys.partition_of(name)));
        command.add(name);
    }
    return command;
}

void read_answer(std::span<const std::string> names, const redis::reply& reply, store_context& context,
                 std::vector<store::depth>& depths) {
    for (std::size_t index = 0; index < names.size(); ++index) {
        const auto waiting = reply[3 * index].integer();
        const auto dead = reply[3 * index + 1].integer();
        if (!waiting || !dead) {
            context.report_fault("depth", names[index]);
            continue;
        }
        store::depth& depth = depths.emplace_back();
        depth.queue_name = names[index];
        depth.waiting = static_cast<std::uint64_t>(*waiting);
        depth.dead = static_cast<std::uint64_t>(*dead);
        depth.oldest = decode_accepted_at(reply[3 * index + 2].text()).value_or(wall_time());
    }
}

}  // namespace

asio::awaitable<std::vector<store::depth>> read_depths(std::shared_ptr<store_context> context,
                                                       std::vector<std::string> queue_names) {
    std::vector<store::depth> depths;
    for (std::size_t first = 0; first < queue_names.size(); first += queues_a_call) {
        const std::span<const std::string> names(queue_names.data() + first,
                                                 std::min(queues_a_call, queue_names.size() - first));
        command_composer composer = [names, context](const script_form& form) {
            return compose(names, context->keys, form);
        };
        const auto result = co_await run_script(context->scripts, script::depths,
                                                context->scripts.client.generation(), std::move(composer));
        if (context->stopped || !result) co_return depths;
        if (result->is_error()) {
            context->report_refusal(script::depths, result->text());
            co_return depths;
        }
        read_answer(names, *result, *context, depths);
    }
    co_return depths;
}

}  // namespace postrider::queue
