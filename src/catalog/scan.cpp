#include "scan.h"

#include <postrider/redis/script.h>

namespace postrider::catalog {

namespace {

constexpr std::uint64_t fields_a_slice = 64;

slice read_reply(const redis::reply& reply) {
    slice read;
    read.next = std::string(reply[0].text());
    const redis::reply_view fields = reply[1];
    read.fields.reserve(fields.size() / 2);
    for (std::size_t at = 0; at + 1 < fields.size(); at += 2)
        read.fields.emplace_back(fields[at].text(), fields[at + 1].text());
    return read;
}

}  // namespace

fault unavailable(const redis::call_result& result) {
    fault why;
    if (result)
        why.text = "redis refused: " + std::string(result->text());
    else if (result.error() == redis::call_error::not_sent)
        why.text = "redis is not connected";
    else
        why.text = "redis did not answer in time; the change may have been made or not";
    return why;
}

store::answer<slice> read_slice(context_ptr context, std::string key, std::string cursor) {
    redis::command command("HSCAN", key, cursor, "COUNT", fields_a_slice);
    const auto result = co_await redis::call_within(context->client, std::move(command), call_takes_at_most);
    if (!result || result->is_error() || result->size() != 2)
        co_return unexpected<fault>(unavailable(result));
    co_return read_reply(*result);
}

}  // namespace postrider::catalog
