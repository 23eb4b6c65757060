#include "recovery.h"

#include <postrider/log/log.h>

#include <string>
#include <vector>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

/// One walk over `inflight`.
struct walk {
    call_partitions named;
    std::vector<std::string> held;
    std::string cursor = "0";
};

redis::command compose(const walk& walk, const keys& keys, const script_form& form) {
    redis::command command = walk.named.begin_command(form, keys);
    walk.named.add_tokens(command);
    command.add(walk.cursor);
    command.add(static_cast<std::uint64_t>(most_items));
    for (const std::string& field : walk.held)
        command.add(field);
    return command;
}

}  // namespace

asio::awaitable<bool> recover_partition(std::shared_ptr<store_context> context, std::uint32_t partition) {
    const auto walking = std::make_shared<walk>();
    const std::string token(context->leases.settle_token(partition));
    const std::uint64_t generation = context->scripts.client.generation();
    walking->named.add(partition, token);
    walking->held = context->held.fields_of(partition);
    do {
        command_composer composer = [walking, context](const script_form& form) {
            return compose(*walking, context->keys, form);
        };
        const auto result =
            co_await run_script(context->scripts, script::recover, generation, std::move(composer));
        if (context->stopped || !result) co_return false;
        const std::string_view answer = result->text();
        if (result->is_error()) {
            context->report_refusal(script::recover, answer);
            co_return false;
        }
        if (answer == "F") {
            context->report_fenced(partition, token);
            co_return false;
        }
        if (answer.starts_with('E')) {
            // A key that nobody can read holds nothing back; what it hid stays where it is.
            context->report_fault("recover", answer);
            co_return true;
        }
        walking->cursor = answer.substr(0, answer.find(' '));
        if (!answer.ends_with(" 0 0 0"))
            log::info("deliveries put back in their queues",
                      {{"partition", partition}, {"cursor_put_back_stamped_strays", answer}});
    } while (walking->cursor != "-");
    co_return true;
}

}  // namespace postrider::queue
