#include "script_story.h"

#include <algorithm>
#include <iterator>

namespace postrider::queue {

std::string script_story::stored(std::string_view body, std::string_view hash, std::uint8_t time) {
    std::string bytes(body);
    bytes += hash;
    bytes.append(16 - hash.size(), '\0');
    bytes.append(7, '\0');
    bytes.push_back(static_cast<char>(time));
    return bytes;
}

texts script_story::run(script script, const std::vector<std::uint32_t>& partitions, const texts& arguments) {
    redis::command command("EVALSHA", text_of(script).sha1, static_cast<std::uint64_t>(partitions.size()));
    for (const auto partition : partitions)
        command.add(names.base(partition));
    for (const auto& argument : arguments)
        command.add(argument);
    return redis_link::texts_of(redis().call(std::move(command)));
}

template <typename Of, typename Same>
std::vector<std::vector<std::size_t>> script_story::grouped(const std::vector<Of>& of, Same same) {
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t at = 0; at < of.size(); ++at) {
        if (!same(of[at], of[at])) continue;
        const auto known = std::find_if(groups.begin(), groups.end(),
                                        [&](const auto& group) { return same(of[group.front()], of[at]); });
        if (known != groups.end())
            known->push_back(at);
        else
            groups.push_back({at});
    }
    return groups;
}

texts script_story::answers_of(const redis::reply_view& answer, std::size_t count) {
    const std::string whole(answer.text());
    texts answers;
    for (std::size_t index = 0; index < count; ++index) {
        if (whole.empty())
            answers.emplace_back(answer[index].text());
        else
            answers.push_back(whole.starts_with('S') && whole.size() > 1 ? "S" + whole.substr(index + 1, 1)
                                                                         : whole);
    }
    return answers;
}

texts script_story::in_order(const redis::reply& reply, std::size_t first, std::size_t count,
                             const std::vector<std::vector<std::size_t>>& groups,
                             const std::vector<texts>& answers_of_groups) {
    texts answers(count);
    std::vector<bool> is_in_group(count);
    for (std::size_t at = 0; at < groups.size(); ++at) {
        for (std::size_t index = 0; index < groups[at].size(); ++index) {
            answers[groups[at][index]] = answers_of_groups[at][index];
            is_in_group[groups[at][index]] = true;
        }
    }
    for (std::size_t at = 0; at < count; ++at)
        if (!is_in_group[at]) answers[at] = reply[first++].text();
    while (first < reply.size())
        answers.emplace_back(reply[first++].text());
    return answers;
}

bool script_story::may_be_laid(const std::vector<arrival>& events, const std::vector<std::size_t>& group) {
    const auto& [partition, queue] = events[group.front()].deliveries.front();
    if (!queue.ends_with('!')) return false;
    const bool has_to_wait = std::ranges::any_of(events, [&](const arrival& other) {
        return !other.deliveries.empty() &&
               other.deliveries.front() == std::pair(partition, queue_of(events[group.front()]));
    });
    if (has_to_wait) return false;
    return std::all_of(group.begin(), group.end(), [&, partition = partition](std::size_t at) {
        const auto is_its_id = [&](const arrival& other) { return other.id == events[at].id; };
        return std::count_if(events.begin(), events.end(), is_its_id) == 1 &&
               redis().text("HEXISTS", names.states(partition), events[at].id) != "1";
    });
}

void script_story::add_groups(redis::command& command, const std::vector<arrival>& events,
                              const std::vector<std::vector<std::size_t>>& groups,
                              const std::vector<std::vector<std::size_t>>& laid,
                              const call_partitions& named) {
    const auto place_of = [&](const std::vector<std::size_t>& group) {
        return named.place_of(events[group.front()].deliveries.front().first);
    };
    const auto is_laid = [&](const auto& group) { return std::ranges::find(laid, group) != laid.end(); };
    const std::uint32_t last = groups.empty() ? 0 : place_of(groups.back());
    command.add(last);
    for (std::uint32_t place = 1; place <= last; ++place) {
        std::uint64_t count = 0;
        std::string text;
        std::vector<std::vector<std::size_t>> others;
        for (const auto& group : groups) {
            if (place_of(group) != place) continue;
            if (is_laid(group)) {
                count += group.size();
                text += laid_text(events, group);
            } else {
                others.push_back(group);
            }
        }
        command.add(count);
        if (count > 0) command.add(text);
        command.add(static_cast<std::uint64_t>(others.size()));
        for (const auto& group : others)
            add_group(command, events, group);
    }
}

std::string script_story::laid_text(const std::vector<arrival>& events,
                                    const std::vector<std::size_t>& group) {
    const arrival& first = events[group.front()];
    std::string ids;
    for (const std::size_t at : group)
        ids += events[at].id + '\n';
    std::string text;
    for (const std::string& field : {queue_of(first), std::to_string(first.most_waiting),
                                     std::to_string(first.most_dead), std::string("test.event"), ids})
        text += std::to_string(field.size()) + ':' + field;
    return text;
}

std::string script_story::queue_of(const arrival& event) {
    const std::string& queue = event.deliveries.front().second;
    return queue.ends_with('!') ? queue.substr(0, queue.size() - 1) : queue;
}

void script_story::lay_in_flight(redis::command& command, const std::vector<arrival>& events,
                                 const std::vector<std::size_t>& group, const std::string& token) {
    const arrival& first = events[group.front()];
    const std::uint32_t partition = first.deliveries.front().first;
    texts states{"HSET", names.states(partition)};
    texts in_flight{"HSET", names.inflight(partition)};
    for (const std::size_t at : group) {
        states.insert(states.end(), {events[at].id, queue_of(first) + " f1"});
        in_flight.insert(in_flight.end(), {queue_of(first) + '|' + events[at].id, "1:" + token});
    }
    put_first(command, states);
    put_first(command, in_flight);
    put_first(command, {"HINCRBY", names.counts(partition), "accepted", std::to_string(group.size())});
}

void script_story::put_first(redis::command& command, const texts& arguments) {
    command.begin_first(arguments.size());
    for (const std::string& argument : arguments)
        command.add_first(argument);
}

void script_story::add_group(redis::command& command, const std::vector<arrival>& events,
                             const std::vector<std::size_t>& group) {
    const arrival& first = events[group.front()];
    command.add(queue_of(first));
    command.add(first.deliveries.front().second.ends_with('!') ? 1 : 0);
    command.add(first.most_waiting);
    command.add(first.most_dead);
    command.add("test.event");
    command.add(static_cast<std::uint64_t>(group.size()));
    for (const std::size_t at : group)
        command.add(events[at].id);
}

void script_story::add_event(redis::command& command, const arrival& event, const call_partitions& named) {
    command.add(event.id);
    command.add(stored(event.body, event.hash));
    command.add(event.hash.empty() ? 0 : static_cast<int>(named.place_of(event.home)));
    command.add(event.hash);
    command.add("1700000000000");
    command.add("test.event");
    command.add(static_cast<std::uint64_t>(event.deliveries.size()));
    for (const auto& [partition, queue] : event.deliveries) {
        const bool now = queue.ends_with('!');
        command.add(named.place_of(partition));
        command.add(now ? queue.substr(0, queue.size() - 1) : queue);
        command.add(now ? 1 : 0);
        command.add(event.key);
        command.add(event.most_waiting);
        command.add(event.most_dead);
    }
}

texts script_story::enqueue(const std::vector<arrival>& events, const std::string& token, bool apart) {
    call_partitions named;
    for (const arrival& event : events) {
        if (!event.hash.empty()) named.add(event.home, token);
        for (const auto& [partition, queue] : event.deliveries)
            named.add(partition, token);
    }
    auto groups = grouped(events, [apart](const arrival& one, const arrival& other) {
        return !apart && other.hash.empty() && other.key.empty() && other.deliveries.size() == 1 &&
               one.deliveries == other.deliveries && one.most_waiting == other.most_waiting &&
               one.most_dead == other.most_dead;
    });
    std::stable_sort(groups.begin(), groups.end(), [&](const auto& one, const auto& other) {
        return named.place_of(events[one.front()].deliveries.front().first) <
               named.place_of(events[other.front()].deliveries.front().first);
    });
    std::vector<std::vector<std::size_t>> laid;
    std::ranges::copy_if(groups, std::back_inserter(laid),
                         [&](const auto& group) { return !token.empty() && may_be_laid(events, group); });
    redis::command command = named.begin_command({"EVALSHA", text_of(script::enqueue).sha1}, names);
    command.add("60000");
    named.add_tokens(command);
    add_groups(command, events, groups, laid, named);
    if (!groups.empty()) put_first(command, bodies_of(events, groups));
    for (const auto& group : laid)
        lay_in_flight(command, events, group, token);
    const auto is_grouped = [&](std::size_t at) {
        return std::ranges::any_of(groups,
                                   [&](const auto& group) { return std::ranges::count(group, at) > 0; });
    };
    for (std::size_t at = 0; at < events.size(); ++at)
        if (!is_grouped(at)) add_event(command, events[at], named);
    const redis::reply reply = redis().call(std::move(command));
    if (reply.is_error()) return {std::string(reply.text())};
    return in_order_of(reply, events, groups, laid);
}

texts script_story::bodies_of(const std::vector<arrival>& events,
                              const std::vector<std::vector<std::size_t>>& groups) {
    texts bodies{"MSET"};
    for (const auto& group : groups) {
        for (const std::size_t at : group) {
            bodies.push_back(names.event(events[at].deliveries.front().first, events[at].id));
            bodies.push_back(stored(events[at].body));
        }
    }
    return bodies;
}

texts script_story::in_order_of(const redis::reply& reply, const std::vector<arrival>& events,
                                const std::vector<std::vector<std::size_t>>& groups,
                                const std::vector<std::vector<std::size_t>>& laid) {
    // Of each partition what was laid down for it has one element, before its other groups.
    std::vector<texts> answers(groups.size());
    const auto partition_of = [&](std::size_t at) {
        return events[groups[at].front()].deliveries.front().first;
    };
    const auto is_laid = [&](std::size_t at) { return std::ranges::find(laid, groups[at]) != laid.end(); };
    std::size_t next = 0;
    for (std::size_t first = 0, past = 0; first < groups.size(); first = past) {
        while (past < groups.size() && partition_of(past) == partition_of(first))
            ++past;
        std::size_t number = 0;
        for (std::size_t at = first; at < past; ++at) {
            if (!is_laid(at)) continue;
            const redis::reply_view whole = reply[next];
            answers[at] = whole.text() == "S" ? texts(groups[at].size(), "Sf")
                                              : answers_of(whole[number], groups[at].size());
            ++number;
        }
        if (number > 0) ++next;
        for (std::size_t at = first; at < past; ++at)
            if (!is_laid(at)) answers[at] = answers_of(reply[next++], groups[at].size());
    }
    return in_order(reply, next, events.size(), groups, answers);
}

void script_story::add_item(redis::command& command, script script, const item& item, std::uint32_t place) {
    texts rest = item.rest;
    if (script == script::bury && rest.size() < 3) rest.emplace_back("0");
    const std::map<enum script, std::size_t> wanted{
        {script::retry_later, 3}, {script::bury, 5}, {script::hand_back, 0}};
    while (rest.size() < wanted.at(script))
        rest.emplace_back(rest.size() + 1 == wanted.at(script) ? "0" : "");
    command.add(place);
    command.add(item.queue);
    command.add(item.id);
    command.add(item.attempt);
    for (const auto& argument : rest)
        command.add(argument);
}

texts script_story::settle(script script, const std::vector<item>& items, const std::string& token) {
    call_partitions named;
    for (const item& item : items)
        named.add(item.partition, token);
    redis::command command = named.begin_command({"EVALSHA", text_of(script).sha1}, names);
    named.add_tokens(command);
    for (const item& item : items)
        add_item(command, script, item, named.place_of(item.partition));
    return redis_link::texts_of(redis().call(std::move(command)));
}

texts script_story::promote(const std::vector<std::uint32_t>& partitions, int most,
                            const std::string& token) {
    texts arguments(partitions.size(), token);
    arguments.push_back(std::to_string(most));
    return run(script::promote_due, partitions, arguments);
}

void script_story::put_in_flight(std::uint32_t partition, const std::string& queue, const std::string& id) {
    ASSERT_EQ(enqueue({{id, "body of " + id, "", {{partition, queue + '!'}}}}), texts{"Sf"});
}

std::map<std::string, std::string> script_story::everything() {
    std::map<std::string, std::string> all;
    for (const std::string& key : redis().texts("KEYS", "*"))
        all[key] = redis().text("DUMP", key);
    return all;
}

}  // namespace postrider::queue
