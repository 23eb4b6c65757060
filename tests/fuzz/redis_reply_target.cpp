// What comes over a connection to Redis, a Sentinel or a node of a Cluster: the same replies whatever the
// cutting, within the bound, and nothing believed that cannot be.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <postrider/queue/durability.h>
#include <postrider/redis/command.h>

#include <redis/greeting.h>
#include <redis/reply_reader.h>
#include <redis/sentinel_answer.h>
#include <redis/slot_table.h>

#include <string>
#include <vector>

namespace postrider::fuzz {
namespace {

constexpr std::size_t most_reply_bytes = 4096;

/// A reply in one text, so that two can be compared; looks at everything.
std::string describe(const redis::reply_view& value, int depth = 0) {
    using type = redis::reply_view::type;
    HOLDS(depth < 16);
    switch (value.kind()) {
        case type::nil:
            return "nil";
        case type::integer:
            return "i" + std::to_string(*value.integer());
        case type::status:
        case type::error:
        case type::text:
            return std::to_string(static_cast<int>(value.kind())) + ':' + std::string(value.text());
        case type::array:
            break;
    }
    HOLDS(value.size() <= most_reply_bytes / 4);
    std::string all = "[";
    for (std::size_t at = 0; at < value.size(); ++at)
        all += describe(value[at], depth + 1) + ',';
    HOLDS(value[value.size()].is_nil());
    return all + ']';
}

struct told_replies {
    std::vector<std::string> replies;
    bool failed = false;
    [[nodiscard]] bool operator==(const told_replies&) const = default;
};

void check_topology(const redis::reply_view& value) {
    if (const auto table = redis::slot_table::from(value, "10.0.0.1")) {
        HOLDS(!table->nodes().empty() || table->owner(0) == nullptr);
        HOLDS(table->nodes().size() <= redis::slot_table::max_nodes);
        for (const auto& node : table->nodes())
            HOLDS(node.port != 0 && !node.host.empty());
        for (std::uint16_t slot = 0; slot < redis::slot_table::slots; slot += 61)
            if (const auto* const owner = table->owner(slot)) HOLDS(owner->port != 0);
    }
    if (const auto master = redis::master_in(value)) HOLDS(master->port != 0 && !master->host.empty());
    if (const auto moved = redis::parse_moved(value.text()))
        HOLDS(moved->slot < redis::slot_table::slots && moved->node.port != 0);
}

void check_greeting(const redis::reply& answer) {
    redis::location where;
    where.username = "app";
    where.password = secret("planted-password");
    const auto words = redis::greeting_for_use(where, "postrider", true, {});
    for (std::size_t index = 0; index < words.commands().size(); ++index) {
        const auto refusal = words.refusal(index, answer, false);
        HOLDS(refusal.find("planted-password") == std::string::npos);
    }
}

told_replies read_replies(std::string_view input, cutting how) {
    redis::reply_reader reader(most_reply_bytes);
    told_replies told;
    feed_pieces(input, how, [&](std::string_view piece) {
        if (told.failed) return;
        std::vector<redis::reply> replies;
        told.failed = !reader.feed(piece, replies);
        for (const auto& one : replies) {
            told.replies.push_back(describe(one));
            if (how != cutting::whole) continue;
            check_topology(one);
            check_greeting(one);
            (void)queue::parse_server_info(one.text());
        }
    });
    return told;
}

/// What goes to Redis, read as what comes from it: the same arguments, whatever bytes are in them.
void check_command(std::string_view input) {
    redis::command command;
    std::string expected = "[";
    auto rest = input;
    while (command.size() < 16) {
        const auto argument = take_part(rest, '\n');
        command.add(argument);
        expected += "4:" + std::string(argument) + ',';
        if (rest.empty()) break;
    }
    std::string wire;
    command.append_to(wire);
    redis::reply_reader reader(2 * input.size() + 1000);
    std::vector<redis::reply> replies;
    HOLDS(reader.feed(wire, replies) && replies.size() == 1);
    HOLDS(describe(replies.front()) == expected + ']');
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(redis_reply) {
    using namespace postrider::fuzz;
    check_command(input);
    const auto told = read_replies(input, cutting::whole);
    for (const auto how : every_other_cutting)
        HOLDS(read_replies(input, how) == told);
}
