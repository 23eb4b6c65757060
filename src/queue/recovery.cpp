#include "recovery.h"

#include <postrider/log/log.h>

#include <string>
#include <utility>
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

/// A new owner is told what the one before had saved. False without an answer.
asio::awaitable<bool> tell_health(std::shared_ptr<store_context> context, std::uint32_t partition,
                                  std::uint64_t generation) {
    if (context->health_told.contains(partition)) co_return true;
    const std::string token(context->leases.settle_token(partition));
    redis::command read("HGETALL", context->keys.health(partition));
    const auto result = co_await context->scripts.client.call(std::move(read), generation);
    if (context->stopped || !result || context->leases.settle_token(partition) != token) co_return false;
    if (result->is_error()) context->report_fault("health", result->text());
    std::vector<std::pair<std::string, std::string>> saved;
    for (std::size_t index = 0; index + 1 < result->size(); index += 2)
        saved.emplace_back((*result)[index].text(), (*result)[index + 1].text());
    context->health_told.insert(partition);
    context->dispatch.on_health(partition, saved);
    co_return true;
}

/// The walk over `inflight`; false when the connection failed or the token was fenced.
asio::awaitable<bool> put_back(std::shared_ptr<store_context> context, std::uint32_t partition,
                               std::uint64_t generation) {
    const auto walking = std::make_shared<walk>();
    const std::string token(context->leases.settle_token(partition));
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

}  // namespace

asio::awaitable<bool> recover_partition(std::shared_ptr<store_context> context, std::uint32_t partition) {
    const std::uint64_t generation = context->scripts.client.generation();
    const bool walked = co_await put_back(context, partition, generation);
    if (!walked) co_return false;
    co_return co_await tell_health(context, partition, generation);
}

}  // namespace postrider::queue
