#include "store_description.h"

#include <postrider/queue/ownership.h>

#include <string>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

std::string describe(std::uint32_t partitions) {
    store_description wanted;
    wanted.partitions = partitions;
    return to_text(wanted);
}

/// Empty for a store that is whole.
std::string describe_move(std::string_view text) {
    const auto found = parse_store_description(text);
    if (!found || found->moving_to == 0) return {};
    const std::string target = std::to_string(found->moving_to);
    return "the store is being moved to " + target + " partitions: let `postrider repartition --partitions " +
           target + "` end, or run it again if it was broken off; then set redis.partitions to " + target;
}

std::string describe_other(const std::string& name, std::string_view found, const std::string& wanted) {
    return "the store in Redis is another one: its key " + name + " says \"" + std::string(found) +
           "\", the configuration wants \"" + wanted +
           "\"; the number of partitions is fixed when a store is made: set redis.partitions to the store's, "
           "or choose another redis.prefix";
}

}  // namespace

asio::awaitable<store_check> check_store(redis::client& client, const keys& keys) {
    store_check found;
    const std::string name = keys.store();
    const std::string wanted = describe(keys.partitions());
    redis::command look("GET", name);
    auto before = co_await client.call(std::move(look));
    if (before && before->is_nil()) {
        redis::command make("SET", name, wanted, "NX", "GET");
        before = co_await client.call(std::move(make));
    }
    if (!before) {
        found.fault = "Redis does not answer";
    } else if (before->is_error()) {
        found.fault = "Redis refuses the key " + name + ": " + std::string(before->text());
        // READONLY, OOM, MISCONF and LOADING pass.
        found.foreign = before->text().starts_with("WRONGTYPE");
    } else if (!before->is_nil() && before->text() != wanted) {
        found.foreign = true;
        found.fault = describe_move(before->text());
        if (found.fault.empty()) found.fault = describe_other(name, before->text(), wanted);
    }
    co_return found;
}

}  // namespace postrider::queue
