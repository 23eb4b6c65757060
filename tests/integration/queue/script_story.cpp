#include "script_story.h"

#include "queue/call_partitions.h"

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

texts script_story::enqueue(const std::vector<arrival>& events, const std::string& token) {
    call_partitions named;
    for (const arrival& event : events) {
        if (!event.hash.empty()) named.add(event.home, token);
        for (const auto& [partition, queue] : event.deliveries)
            named.add(partition, token);
    }
    redis::command command = named.begin_command({"EVALSHA", text_of(script::enqueue).sha1}, names);
    command.add("60000");
    named.add_tokens(command);
    for (const arrival& event : events) {
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
    return redis_link::texts_of(redis().call(std::move(command)));
}

void script_story::add_item(redis::command& command, script script, const item& item, std::uint32_t place) {
    texts rest = item.rest;
    if (script == script::bury && rest.size() < 3) rest.emplace_back("0");
    const std::map<enum script, std::size_t> wanted{
        {script::complete, 2}, {script::retry_later, 3}, {script::bury, 5}, {script::hand_back, 0}};
    while (rest.size() < wanted.at(script))
        rest.emplace_back(rest.size() + 1 == wanted.at(script) ? "0" : "");
    command.add(place);
    command.add(item.queue);
    command.add(item.id);
    command.add(item.attempt);
    for (const auto& argument : rest)
        command.add(argument);
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
    if (!items.empty()) command.add(static_cast<std::uint64_t>(items.size()));
    for (const item& item : items)
        add_item(command, script, item, named.place_of(item.partition));
    command.add(most);
    command.add(most_bytes);
    command.add(static_cast<std::uint64_t>(claims.size()));
    for (const wanted& claim : claims) {
        command.add(named.place_of(claim.partition));
        command.add(claim.queue);
        command.add(claim.count);
        command.add(claim.lane);
    }
    return redis_link::texts_of(redis().call(std::move(command)));
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
