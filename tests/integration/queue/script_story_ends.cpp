#include "script_story.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace postrider::queue {

std::vector<script_story::end_group> script_story::grouped_ends(const std::vector<item>& items,
                                                                const call_partitions& named) {
    const auto of_one_attempt = [](const item& one, const item& other) {
        return one.partition == other.partition && one.queue == other.queue && one.attempt == other.attempt;
    };
    std::vector<end_group> groups;
    for (const auto& group : grouped(items, of_one_attempt))
        groups.push_back(
            {named.place_of(items[group.front()].partition), place_of_records(items, group), group});
    std::ranges::stable_sort(groups, [](const end_group& one, const end_group& other) {
        return std::tuple(one.place, one.is_here()) < std::tuple(other.place, other.is_here());
    });
    return groups;
}

void script_story::add_ends(redis::command& command, const std::vector<item>& items,
                            const std::vector<end_group>& groups) {
    std::vector<texts> pushes;
    for (const end_group& group : groups)
        if (group.records == "beside" || group.records == "long")
            pushes.push_back(push_of(items, group.items));
    command.add(static_cast<std::uint64_t>(pushes.size()));
    for (const texts& push : pushes) {
        command.add(push[1]);
        put_first(command, push);
    }
    command.add(groups.back().place);
    for (auto at = groups.begin(); at != groups.end();) {
        const auto end =
            std::find_if(at, groups.end(), [&](const end_group& other) { return other.place != at->place; });
        const auto others = std::find_if(at, end, [](const end_group& group) { return group.is_here(); });
        add_plain(command, items, {at, others});
        command.add(static_cast<std::uint64_t>(end - others));
        for (at = others; at != end; ++at) {
            const item& first = items[at->items.front()];
            command.add(first.queue);
            command.add(first.attempt);
            command.add(first.rest.size() > 1 ? first.rest[1] : "0");
            command.add("here");
            command.add(static_cast<std::uint64_t>(at->items.size()));
            for (const std::size_t place : at->items)
                command.add(items[place].id);
            for (const std::size_t place : at->items)
                command.add(record_of(items[place]));
        }
    }
}

void script_story::add_plain(redis::command& command, const std::vector<item>& items,
                             std::span<const end_group> groups) {
    std::string states, text;
    texts ids, fields, long_ones;
    for (const end_group& group : groups) {
        const item& first = items[group.items.front()];
        const std::string most = first.rest.size() > 1 ? first.rest[1] : "0";
        std::string of_group;
        for (const std::size_t place : group.items) {
            states += (ids.empty() ? "" : "\n") + first.queue + " f" + first.attempt;
            of_group += items[place].id + '\n';
            ids.push_back(items[place].id);
            fields.push_back(first.queue + '|' + items[place].id);
        }
        if (group.records == "long") long_ones.insert(long_ones.end(), {first.queue, most});
        for (const std::string& field : {first.queue, first.attempt, most,
                                         std::string(group.records == "none" ? "none" : "beside"), of_group})
            text += std::to_string(field.size()) + ':' + field;
    }
    command.add(static_cast<std::uint64_t>(ids.size()));
    if (ids.empty()) return;
    command.add(states);
    command.add(text);
    command.add(static_cast<std::uint64_t>(long_ones.size() / 2));
    for (const texts& more : {long_ones, ids, fields})
        for (const std::string& argument : more)
            command.add(argument);
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
    if (!items.empty()) add_ends(command, items, groups);
    command.add(most);
    command.add(most_bytes);
    command.add(static_cast<std::uint64_t>(claims.size()));
    for (const wanted& claim : claims) {
        command.add(named.place_of(claim.partition));
        command.add(claim.queue);
        command.add(claim.count);
        command.add(claim.lane);
        command.add(claim.expected);
    }
    if (!gone_.empty()) redis()("DEL", gone_);
    const redis::reply reply = redis().call(std::move(command));
    if (reply.is_error()) return {std::string(reply.text())};
    std::size_t next = 0;
    std::vector<texts> answers;
    std::vector<std::vector<std::size_t>> places;
    for (std::size_t at = 0; at < groups.size();) {
        const redis::reply_view answer = reply[next++];
        for (std::size_t in_answer = 0; at < groups.size(); ++in_answer) {
            const bool is_whole = groups[at].is_here() || !answer.text().empty();
            answers.push_back(answers_of(is_whole ? answer : answer[in_answer], groups[at].items.size()));
            places.push_back(groups[at++].items);
            const end_group& before = groups[at - 1];
            if (before.is_here() || at == groups.size() || groups[at].is_here() ||
                groups[at].place != before.place)
                break;
        }
    }
    return in_order(reply, next, items.size(), places, answers);
}

}  // namespace postrider::queue
