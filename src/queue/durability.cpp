#include <postrider/log/log.h>
#include <postrider/queue/ownership.h>

#include <array>
#include <string>
#include <string_view>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

/// What a level needs of one setting; more than one value may do.
struct need {
    std::string_view setting;
    std::string_view value;
    std::string_view or_value;
    std::string_view since;  ///< the least durable level that needs it
};
constexpr std::array needs{
    need{"maxmemory-policy", "noeviction", "", "memory"},
    need{"appendonly", "yes", "", "everysec"},
    need{"no-appendfsync-on-rewrite", "no", "", "everysec"},
    need{"appendfsync", "everysec", "always", "everysec"},
    need{"appendfsync", "always", "", "fsync"},
};

int rank(std::string_view level) {
    if (level == "memory") return 0;
    return level == "everysec" ? 1 : 2;
}

/// The value that Redis gave for a setting: names and values take turns.
std::string_view value_of(const redis::reply& reply, std::string_view setting) {
    for (std::size_t index = 0; index + 1 < reply.size(); index += 2)
        if (reply[index].text() == setting) return reply[index + 1].text();
    return {};
}

std::string describe_fault(const need& need, std::string_view found) {
    std::string text = "Redis has " + std::string(need.setting) + ' ' + std::string(found) +
                       ", and must have " + std::string(need.value);
    if (!need.or_value.empty()) text += " or " + std::string(need.or_value);
    return text;
}

}  // namespace

asio::awaitable<std::string> durability_fault(redis::client& client, std::string level, bool unverified_ok) {
    redis::command command("CONFIG", "GET", "appendonly", "appendfsync", "no-appendfsync-on-rewrite",
                           "maxmemory-policy");
    const auto reply = co_await client.call(std::move(command));
    if (!reply) co_return "Redis does not answer";
    std::string unread;
    if (reply->is_error()) unread = std::string(reply->text());
    for (const need& need : needs) {
        if (rank(need.since) > rank(level)) continue;
        const std::string_view found = value_of(*reply, need.setting);
        if (found.empty()) {
            if (unread.empty()) unread = std::string(need.setting) + " is not shown";
        } else if (found != need.value && (need.or_value.empty() || found != need.or_value)) {
            co_return describe_fault(need, found) + " for durability " + level;
        }
    }
    if (unread.empty()) co_return std::string();
    if (!unverified_ok)
        co_return "Redis' own settings cannot be read (" + unread +
            "); redis.durability_unverified goes on without";
    log::warning("the durability of Redis is not verified", {{"durability", level}, {"reason", unread}});
    co_return std::string();
}

}  // namespace postrider::queue
