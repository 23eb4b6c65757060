#include "script_story.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace postrider::queue {

void script_story::add_ends(redis::command& command, const std::vector<item>& items,
                            const std::vector<std::vector<std::size_t>>& groups,
                            const call_partitions& named) {
    std::map<std::uint32_t, std::uint64_t> groups_of;
    for (const auto& group : groups)
        ++groups_of[named.place_of(items[group.front()].partition)];
    std::vector<texts> pushes;
    for (const auto& group : groups)
        if (const std::string where = place_of_records(items, group); where == "beside" || where == "long")
            pushes.push_back(push_of(items, group));
    command.add(static_cast<std::uint64_t>(pushes.size()));
    for (const texts& push : pushes) {
        command.add(push[1]);
        put_first(command, push);
    }
    command.add(static_cast<std::uint64_t>(groups_of.size()));
    std::uint32_t last = 0;
    for (const auto& group : groups) {
        const item& first = items[group.front()];
        const std::uint32_t place = named.place_of(first.partition);
        if (place != last) command.add(groups_of[place]);
        last = place;
        command.add(first.queue);
        command.add(first.attempt);
        command.add(first.rest.size() > 1 ? first.rest[1] : "0");
        const std::string where = place_of_records(items, group);
        command.add(where);
        command.add(static_cast<std::uint64_t>(group.size()));
        for (const std::size_t at : group)
            command.add(items[at].id);
        if (where != "here") continue;
        for (const std::size_t at : group)
            command.add(record_of(items[at]));
    }
}

std::string script_story::record_of(const item& item) {
    return item.rest.empty() ? "" : item.rest[0];
}

std::string script_story::place_of_records(const std::vector<item>& items,
                                           const std::vector<std::size_t>& group) {
    constexpr std::size_t flags = 31;
    const auto has_no_record = [&](std::size_t at) { return record_of(items[at]).empty(); };
    const auto keeps_body = [&](std::size_t at) {
        const std::string record = record_of(items[at]);
        return record.size() > flags && record[flags] % 16 == 1;
    };
    const auto is_in_other_group = [&](const item& other) {
        const item& first = items[group.front()];
        return other.partition == first.partition && other.queue == first.queue &&
               other.attempt != first.attempt;
    };
    if (std::ranges::all_of(group, has_no_record)) return "none";
    const auto& [partition, queue, id, attempt, rest] = items[group.front()];
    const int length = std::atoi(redis().text("LLEN", names.history(partition, queue)).c_str());
    if (records_here_ || length == 0 || std::ranges::any_of(group, has_no_record) ||
        std::ranges::any_of(group, keeps_body) || std::ranges::any_of(items, is_in_other_group))
        return "here";
    const int most = rest.size() > 1 ? std::stoi(rest[1]) : 0;
    const int pushed = static_cast<int>(group.size());
    return length + pushed > most + std::max(8, most / 16) ? "long" : "beside";
}

texts script_story::push_of(const std::vector<item>& items, const std::vector<std::size_t>& group) {
    const item& first = items[group.front()];
    texts push{"LPUSHX", names.history(first.partition, first.queue)};
    for (const std::size_t at : group)
        push.push_back(record_of(items[at]));
    return push;
}

texts script_story::complete(const std::vector<item>& items, const std::vector<wanted>& claims,
                             const std::string& token, int most, int most_bytes) {
    call_partitions named;
    for (const item& item : items)
        named.add(item.partition, token);
    for (const wanted& claim : claims)
        named.add(claim.partition, token);
    const script script = items.empty() ? script::claim : script::complete;
    redis::command command = named.begin_command({"EVALSHA", text_of(script).sha1}, names);
    named.add_tokens(command);
    const auto groups = grouped_ends(items, named);
    if (!items.empty()) add_ends(command, items, groups, named);
    command.add(most);
    command.add(most_bytes);
    command.add(static_cast<std::uint64_t>(claims.size()));
    for (const wanted& claim : claims) {
        command.add(named.place_of(claim.partition));
        command.add(claim.queue);
        command.add(claim.count);
        command.add(claim.lane);
    }
    if (!gone_.empty()) redis()("DEL", gone_);
    const redis::reply reply = redis().call(std::move(command));
    if (reply.is_error()) return {std::string(reply.text())};
    std::vector<texts> answers;
    for (std::size_t at = 0; at < groups.size(); ++at)
        answers.push_back(answers_of(reply[at], groups[at].size()));
    return in_order(reply, groups.size(), items.size(), groups, answers);
}

}  // namespace postrider::queue
