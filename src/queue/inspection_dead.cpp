#include "inspection_dead.h"

#include "inspection_position.h"
#include "inspection_row.h"

#include <algorithm>
#include <map>
#include <utility>

namespace postrider::queue {

namespace {

/// Names that one page looks at, over all partitions.
constexpr std::size_t most_names = 1024;
constexpr std::size_t most_letters = 256;

struct letter_name {
    std::uint64_t time = 0;
    std::string queue_name;
    std::string store_id;
    /// As in the zset of a whole partition: what comes later among those of one time is a matter of bytes.
    [[nodiscard]] std::string member() const { return queue_name + '|' + store_id; }
    [[nodiscard]] bool is_newer_than(const letter_name& other) const {
        return time != other.time ? time > other.time : member() > other.member();
    }
    [[nodiscard]] bool is_farther_than(const letter_name& other, bool oldest_first) const {
        return oldest_first ? is_newer_than(other) : other.is_newer_than(*this);
    }
};

/// Names, in the order of the walk. `more`: there are others behind them.
struct named_page {
    std::vector<letter_name> names;
    bool more = false;
};

list_position position_of(const letter_name& name) {
    list_position position;
    position.place = 'd';
    position.number = name.time;
    position.id = name.store_id;
    position.queue_name = name.queue_name;
    return position;
}

std::vector<std::uint32_t> partitions_of(const keys& keys, const dead_letter_filter& filter) {
    std::vector<std::uint32_t> partitions;
    if (!filter.queue_name.empty()) return {keys.partition_of(filter.queue_name)};
    for (std::uint32_t partition = 0; partition < keys.partitions(); ++partition)
        partitions.push_back(partition);
    return partitions;
}

/// Oldest first it begins behind what was given, and where `after` says; it ends where `before` says.
partition_call rising_call(std::uint32_t partition, const dead_letter_filter& filter,
                           const list_position& from, std::size_t most) {
    std::string time;
    std::string member;
    if (!from.id.empty()) {
        time = std::to_string(from.number);
        member = filter.queue_name.empty() ? from.queue_name + '|' + from.id : from.id;
    }
    const auto& after = filter.after;
    if (after &&
        (time.empty() || after->time_since_epoch().count() >= static_cast<std::int64_t>(from.number))) {
        time = milliseconds_text(*after);
        member.clear();
    }
    return {script::dead_page,
            partition,
            filter.queue_name,
            time,
            member,
            filter.before ? milliseconds_text(*filter.before) : std::string(),
            static_cast<std::uint64_t>(most),
            "rising"};
}

partition_call names_call(std::uint32_t partition, const dead_letter_filter& filter,
                          const list_position& from, std::size_t most) {
    if (filter.oldest_first) return rising_call(partition, filter, from, most);
    std::string time;
    std::string member;
    if (!from.id.empty()) {
        time = std::to_string(from.number);
        member = filter.queue_name.empty() ? from.queue_name + '|' + from.id : from.id;
    }
    const auto& before = filter.before;
    if (before &&
        (time.empty() || before->time_since_epoch().count() <= static_cast<std::int64_t>(from.number))) {
        time = milliseconds_text(*before);
        member.clear();
    }
    return {script::dead_page,
            partition,
            filter.queue_name,
            time,
            member,
            filter.after ? milliseconds_text(*filter.after) : std::string(),
            static_cast<std::uint64_t>(most)};
}

/// The names of one partition; those that are none are passed over.
std::vector<letter_name> read_names(const redis::reply& reply, const std::string& queue_name) {
    std::vector<letter_name> names;
    for (std::size_t at = 1; at + 1 < reply.size(); at += 2) {
        const std::string_view member = reply[at].text();
        letter_name name;
        name.time = whole_number(reply[at + 1].text(), UINT64_MAX).value_or(0);
        const auto bar = queue_name.empty() ? member.rfind('|') : std::string_view::npos;
        name.queue_name = queue_name.empty() ? member.substr(0, std::min(bar, member.size())) : queue_name;
        name.store_id = bar == std::string_view::npos ? member : member.substr(bar + 1);
        if (parse_position(to_text(position_of(name)), "d")) names.push_back(std::move(name));
    }
    return names;
}

/// Merges what the partitions gave. Behind the last name of a partition that has more, others of it might
/// come first: there it ends.
named_page merge(const std::vector<redis::reply>& replies, const dead_letter_filter& filter) {
    named_page merged;
    std::optional<letter_name> last;
    for (const redis::reply& reply : replies) {
        auto names = read_names(reply, filter.queue_name);
        if (reply[0].text() == "1") {
            merged.more = true;
            if (!names.empty() && (!last || last->is_farther_than(names.back(), filter.oldest_first)))
                last = names.back();
        }
        std::move(names.begin(), names.end(), std::back_inserter(merged.names));
    }
    const auto nearer = [&filter](const letter_name& one, const letter_name& other) {
        return other.is_farther_than(one, filter.oldest_first);
    };
    std::sort(merged.names.begin(), merged.names.end(), nearer);
    if (last) {
        const auto end = std::upper_bound(merged.names.begin(), merged.names.end(), *last, nearer);
        merged.names.erase(end, merged.names.end());
    }
    return merged;
}

inspection_answer<named_page> find_names(inspection_ptr context, dead_letter_filter filter,
                                         list_position from, std::size_t most) {
    const auto partitions = partitions_of(context->keys, filter);
    const std::size_t share = std::clamp<std::size_t>(2 * most / partitions.size(), 16, most);
    const std::size_t bound = std::max<std::size_t>(1, most_names / partitions.size());
    std::vector<partition_call> calls;
    for (const std::uint32_t partition : partitions)
        calls.push_back(names_call(partition, filter, from, std::min(share, bound)));
    const auto replies = co_await ask_all(std::move(context), std::move(calls));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    co_return merge(*replies, filter);
}

std::optional<dead_letter> letter_of(const letter_name& name, const redis::reply_view& reply,
                                     std::size_t at) {
    const auto state = parse_state(reply[at + 2].text());
    if (!state || state->letter != 'd') return std::nullopt;
    dead_letter letter;
    letter.queue_name = name.queue_name;
    letter.store_id = name.store_id;
    letter.record = decode_dead_record(reply[at + 1].text()).value_or(dead_record());
    letter.event_type = letter.record.event_type;
    if (const auto head = decode_event_head(reply[at + 3].text())) {
        letter.event_id = head->id;
        letter.event_type = head->type;
    }
    const auto died = time_of_score(reply[at].text());
    if (!died) return std::nullopt;
    letter.created_at = *died;
    return letter;
}

/// The letters of the names, in their order; nothing for those that went meanwhile.
inspection_answer<std::vector<std::optional<dead_letter>>> read_letters(inspection_ptr context,
                                                                        std::vector<letter_name> names) {
    std::map<std::uint32_t, std::vector<std::size_t>> by_partition;
    for (std::size_t index = 0; index < names.size(); ++index)
        by_partition[context->keys.partition_of(names[index].queue_name)].push_back(index);
    std::vector<partition_call> calls;
    for (const auto& [partition, indices] : by_partition) {
        auto& call =
            calls.emplace_back(script::letters, partition, static_cast<std::uint64_t>(event_head_bytes), "");
        for (const std::size_t index : indices) {
            call.add(names[index].queue_name);
            call.add(names[index].store_id);
        }
    }
    const auto replies = co_await ask_all(std::move(context), std::move(calls));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    std::vector<std::optional<dead_letter>> letters(names.size());
    std::size_t reply = 0;
    for (const auto& [partition, indices] : by_partition) {
        for (std::size_t at = 0; at < indices.size(); ++at)
            letters[indices[at]] = letter_of(names[indices[at]], (*replies)[reply], 6 * at);
        ++reply;
    }
    co_return letters;
}

bool is_of_tenant(const std::string& queue_name, const std::string& tenant) {
    return tenant.empty() || (queue_name.starts_with(tenant) && queue_name.size() > tenant.size() &&
                              queue_name[tenant.size()] == '.');
}

bool is_of_endpoint(const std::string& queue_name, const std::string& endpoint) {
    const auto dot = queue_name.find('.');
    return endpoint.empty() ||
           (dot != std::string::npos && queue_name.compare(dot + 1, std::string::npos, endpoint) == 0);
}

bool admits(const dead_letter_filter& filter, const dead_letter& letter) {
    if (!is_of_tenant(letter.queue_name, filter.tenant)) return false;
    if (!is_of_endpoint(letter.queue_name, filter.endpoint)) return false;
    if (!filter.event_type.empty() && letter.event_type != filter.event_type) return false;
    return !filter.reason || letter.record.reason == *filter.reason;
}

/// The next names that are read at once.
std::vector<letter_name> next_names(const named_page& named, std::size_t passed, std::size_t most) {
    const auto begin = named.names.begin() + static_cast<std::ptrdiff_t>(passed);
    const auto count = std::min(most, named.names.size() - passed);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::optional<list_position> begin_of(const std::string& position, const dead_letter_filter& filter) {
    if (position.empty()) return list_position();
    auto from = parse_position(position, "d");
    if (!from || from->queue_name.empty()) return std::nullopt;
    if (!filter.queue_name.empty() && from->queue_name != filter.queue_name) return std::nullopt;
    return from;
}

}  // namespace

inspection_answer<page<dead_letter>> list_dead_letters(inspection_ptr context, dead_letter_filter filter,
                                                       std::string position, std::size_t most) {
    const auto from = begin_of(position, filter);
    if (!from) {
        read_fault fault;
        fault.bad_position = true;
        fault.text = "no position of this list";
        co_return unexpected<read_fault>(std::move(fault));
    }
    most = std::clamp<std::size_t>(most, 1, most_letters);
    const bool picky =
        filter.reason || !filter.event_type.empty() || !filter.tenant.empty() || !filter.endpoint.empty();
    page<dead_letter> page;
    const auto named = co_await find_names(context, filter, *from, picky ? most_names : most);
    if (!named) co_return unexpected<read_fault>(named.error());
    std::size_t passed = 0;
    while (passed < named->names.size() && page.rows.size() < most) {
        auto names = next_names(*named, passed, picky ? most_letters : most);
        auto letters = co_await read_letters(context, std::move(names));
        if (!letters) co_return unexpected<read_fault>(letters.error());
        for (auto& letter : *letters) {
            if (page.rows.size() == most) break;
            ++passed;
            if (letter && admits(filter, *letter)) page.rows.push_back(std::move(*letter));
        }
    }
    if (passed > 0 && (named->more || passed < named->names.size()))
        page.next = to_text(position_of(named->names[passed - 1]));
    co_return page;
}

inspection_answer<std::optional<dead_letter>> read_dead_letter(inspection_ptr context, std::string queue_name,
                                                               std::string store_id) {
    letter_name name;
    name.queue_name = std::move(queue_name);
    name.store_id = std::move(store_id);
    std::vector<letter_name> names;
    names.push_back(std::move(name));
    auto letters = co_await read_letters(std::move(context), std::move(names));
    if (!letters) co_return unexpected<read_fault>(std::move(letters.error()));
    co_return std::move(letters->front());
}

inspection_answer<std::optional<std::uint64_t>> count_dead(inspection_ptr context,
                                                           dead_letter_filter filter) {
    if (!filter.queue_name.empty() && !is_of_tenant(filter.queue_name, filter.tenant))
        co_return std::uint64_t{0};
    const bool unknown = filter.reason || !filter.event_type.empty() || !filter.endpoint.empty() ||
                         (filter.queue_name.empty() && !filter.tenant.empty());
    if (unknown) co_return std::nullopt;
    const std::string lowest = filter.after ? '(' + milliseconds_text(*filter.after) : "-inf";
    const std::string highest = filter.before ? '(' + milliseconds_text(*filter.before) : "+inf";
    std::vector<plain_call> commands;
    for (const std::uint32_t partition : partitions_of(context->keys, filter)) {
        const auto& keys = context->keys;
        const std::string key =
            filter.queue_name.empty() ? keys.all_dead(partition) : keys.dead(partition, filter.queue_name);
        commands.push_back({partition, redis::command("ZCOUNT", key, lowest, highest)});
    }
    const auto replies = co_await ask_plainly(std::move(context), std::move(commands));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    std::uint64_t count = 0;
    for (const redis::reply& reply : *replies)
        count += static_cast<std::uint64_t>(reply.integer().value_or(0));
    co_return count;
}

}  // namespace postrider::queue
