#include <postrider/queue/ownership.h>

#include <string>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

std::string describe(std::uint32_t partitions) {
    return "postrider store, format 1, partitions " + std::to_string(partitions);
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
    co_return unexpected<std::string>(
        "the store in Redis is another one: its key " + name + " says \"" + std::string(before->text()) +
        "\", the configuration wants \"" + wanted +
        "\"; the number of partitions is fixed when a store is made: set redis.partitions to the store's, or "
        "choose another redis.prefix");
}

}  // namespace postrider::queue
