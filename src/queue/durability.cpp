#include <postrider/queue/durability.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

/// What a level needs of one setting; more than one value may do.
struct need {
    std::string_view setting;
    std::string_view value;
    std::string_view or_value;
    int since;  ///< the rank of the least durable level that needs it
};
constexpr std::array needs{
    need{"maxmemory-policy", "noeviction", "", 0},  need{"appendonly", "yes", "", 1},
    need{"no-appendfsync-on-rewrite", "no", "", 1}, need{"appendfsync", "everysec", "always", 1},
    need{"appendfsync", "always", "", 2},
};

/// Replicas of a server that forgets at a restart would forget with it: `replicated` needs the disk too.
int rank(std::string_view level) {
    if (level == "memory") return 0;
    return level == "fsync" ? 2 : 1;
}

/// The value that Redis gave for a setting: names and values take turns.
std::string_view value_of(const redis::reply& reply, std::string_view setting) {
    for (std::size_t index = 0; index + 1 < reply.size(); index += 2)
        if (reply[index].text() == setting) return reply[index + 1].text();
    return {};
}

std::string describe_fault(const need& need, std::string_view found, std::string_view level) {
    std::string text = "Redis has " + std::string(need.setting) + ' ' + std::string(found) +
                       ", and must have " + std::string(need.value);
    if (!need.or_value.empty()) text += " or " + std::string(need.or_value);
    return text + " for durability " + std::string(level);
}

/// The first setting that does not give the level; empty: none.
std::string fault_of_settings(const redis::reply& settings, std::string_view level) {
    std::string unread;
    if (settings.is_error()) unread = std::string(settings.text());
    for (const need& need : needs) {
        if (need.since > rank(level)) continue;
        const std::string_view found = value_of(settings, need.setting);
        if (found.empty()) {
            if (unread.empty()) unread = std::string(need.setting) + " is not shown";
        } else if (found != need.value && (need.or_value.empty() || found != need.or_value)) {
            return describe_fault(need, found, level);
        }
    }
    if (unread.empty()) return {};
    return "Redis' own settings cannot be read (" + unread + ") for durability " + std::string(level);
}

std::string fault_of_replicas(const durability_wish& wish, const std::optional<server_info>& info) {
    if (wish.level != "replicated") return {};
    if (!info || info->role.empty()) return "Redis does not say how many replicas it has (INFO replication)";
    if (info->replicas >= wish.replicas) return {};
    return "Redis has " + std::to_string(info->replicas) + " replicas in step, and must have " +
           std::to_string(wish.replicas) + " for durability replicated";
}

/// Without it a primary that was cut off goes on writing what a failover forgets.
std::string warning_of_isolation(const redis::reply& settings, const durability_wish& wish) {
    constexpr std::string_view name = "min-replicas-to-write";
    const auto least = value_of(settings, name);
    if (wish.level != "replicated" || settings.is_error() || least.empty()) return {};
    if (std::strtoul(std::string(least).c_str(), nullptr, 10) >= wish.replicas) return {};
    return "Redis has " + std::string(name) + ' ' + std::string(least) +
           ": cut off from its replicas it goes on recording deliveries that a failover forgets";
}

void put_fault(durability_verdict& verdict, std::string fault, bool passing, bool unverified_ok) {
    if (fault.empty()) return;
    if (unverified_ok) return verdict.warnings.push_back(std::move(fault));
    if (!verdict.fault.empty()) return;
    verdict.fault = std::move(fault);
    verdict.passing = passing;
}

durability_verdict judge(const redis::reply& settings, const durability_wish& wish,
                         const std::optional<server_info>& info) {
    durability_verdict verdict;
    put_fault(verdict, fault_of_settings(settings, wish.level), false, wish.unverified_ok);
    put_fault(verdict, fault_of_replicas(wish, info), true, wish.unverified_ok);
    if (auto warning = warning_of_isolation(settings, wish); !warning.empty())
        verdict.warnings.push_back(std::move(warning));
    return verdict;
}

}  // namespace

asio::awaitable<std::optional<durability_verdict>> judge_durability(redis::client& client,
                                                                    durability_wish wish,
                                                                    std::optional<server_info> info) {
    redis::command command("CONFIG", "GET", "appendonly", "appendfsync", "no-appendfsync-on-rewrite",
                           "maxmemory-policy", "min-replicas-to-write");
    const auto settings = co_await client.call(std::move(command));
    if (!settings) co_return std::nullopt;
    co_return judge(*settings, wish, info);
}

asio::awaitable<std::optional<server_info>> read_server_info(redis::client& client) {
    redis::command command("INFO");
    const auto reply = co_await client.call(std::move(command));
    if (!reply || reply->is_error()) co_return std::nullopt;
    co_return parse_server_info(reply->text());
}

}  // namespace postrider::queue
