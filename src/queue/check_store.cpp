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

std::string no_answer() {
    return "Redis does not answer";
}

}  // namespace

asio::awaitable<expected<void, std::string>> check_store(redis::client& client, const keys& keys) {
    const std::string name = keys.store();
    const std::string wanted = describe(keys.partitions());
    redis::command make("SET", name, wanted, "NX", "GET");
    const auto before = co_await client.call(std::move(make));
    if (!before) co_return unexpected<std::string>(no_answer());
    if (before->is_error())
        co_return unexpected<std::string>("Redis refuses the key " + name + ": " +
                                          std::string(before->text()));
    if (before->is_nil() || before->text() == wanted) co_return expected<void, std::string>();
    if (auto moving = describe_move(before->text()); !moving.empty())
        co_return unexpected<std::string>(std::move(moving));
    co_return unexpected<std::string>(
        "the store in Redis is another one: its key " + name + " says \"" + std::string(before->text()) +
        "\", the configuration wants \"" + wanted +
        "\"; the number of partitions is fixed when a store is made: set redis.partitions to the store's, or "
        "choose another redis.prefix");
}

}  // namespace postrider::queue
