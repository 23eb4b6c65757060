#include "inspection_story.h"
#include "queue/placement.h"
#include "queue/store_description.h"

#include <postrider/queue/repartition.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace postrider::queue {
namespace {

using texts = std::vector<std::string>;

/// What lib/keys.lua puts behind a base: `ready`, and with a colon what has a name: `queue:`.
std::set<std::string> kinds_of_keys() {
    std::ifstream file(POSTRIDER_LUA_DIR "/lib/keys.lua");
    const std::regex form("local function [a-z_]+\\(base.*\\) return base \\.\\. '([a-z]+:?)'.*");
    std::set<std::string> kinds;
    for (std::string line; std::getline(file, line);) {
        std::smatch found;
        if (line.starts_with("--")) continue;
        EXPECT_TRUE(std::regex_match(line, found, form)) << line;
        if (found.size() > 1) kinds.insert(found[1]);
    }
    return kinds;
}

std::string kind_of(const placement::part& key) {
    return key.name.empty() ? key.kind : key.kind + ':';
}

/// A store with everything in it that may be in one, and its number of partitions changed.
class repartitioned : public inspection_story {
 protected:
    static constexpr int endpoints = 12;
    static std::string endpoint_at(int number) { return "n" + std::to_string(number); }

    void SetUp() override {
        inspection_story::SetUp();
        (*outside_)("SET", names_.store(), "postrider store, format 3, partitions 4");
    }
    /// Every state, every lane and every index, at many endpoints.
    void fill() {
        for (int number = 0; number < endpoints; ++number) {
            const auto one = endpoint_at(number);
            const auto other = endpoint_at((number + 5) % endpoints);
            const auto event = [&](const char* kind) { return kind + std::to_string(number); };
            put(event("retrying"), {one});
            retry(take(one));
            put(event("dead"), {one});
            bury(take(one));
            put(event("kept"), {one});
            deliver(take(one), true);
            put(event("waiting"), {one, other, "shop"});
            enqueue(event("remembered"), {one}, std::string(16, 'h'));
            store_->save_health(partition_of(one), "default." + one, "open " + one);
        }
        for (const auto* event : {"k1", "k2", "k3"})
            put_keyed(event, "k");
        take();
        put("late", {"late"});
        retry(take("late"), milliseconds(1));
        until([this] {
            return outside_
                       ->call(
                           redis::command("EXISTS", names_.retry_lane(partition_of("late"), "default.late")))
                       .integer() == 1;
        });
        (*outside_)("HSET", names_.states(partition_of("n0")), id_of("remembered0"), "default.n0 q1@5!1");
        until([this] { return store_->held() == 1 && answers_.size() >= 5 * endpoints; });
    }
    expected<std::uint64_t, std::string> change(std::uint32_t partitions,
                                                milliseconds lease = milliseconds(30)) {
        repartition_plan plan;
        plan.prefix = "test";
        plan.partitions = partitions;
        plan.lease = lease;
        std::optional<expected<std::uint64_t, std::string>> result;
        run(keep(repartition(*client_, metrics_, clock_, std::move(plan)), result));
        return *result;
    }
    static boost::asio::awaitable<void> keep(
        boost::asio::awaitable<expected<std::uint64_t, std::string>> work,
        std::optional<expected<std::uint64_t, std::string>>& result) {
        result.emplace(co_await std::move(work));
    }
    /// Every key but leases and accounts, with what is in it in an order of its own.
    std::map<std::string, texts> contents() {
        std::map<std::string, texts> all;
        for (const std::string& key : outside_->texts("KEYS", "*")) {
            const std::string kind = key.substr(key.rfind(':') + 1);
            if (kind != "token" && kind != "beat" && kind != "holder" && kind != "counts")
                all[key] = content_of(key);
        }
        return all;
    }
    /// The deliveries of an event are in no order.
    static std::string sorted_lines(const std::string& entry) {
        std::istringstream read(entry);
        std::set<std::string> lines;
        for (std::string line; std::getline(read, line);)
            lines.insert(line);
        std::string joined;
        for (const std::string& line : lines)
            joined += line + '\n';
        return joined;
    }
    texts content_of(const std::string& key) {
        const std::string kind = outside_->text("TYPE", key);
        if (kind == "string") return {outside_->text("GET", key)};
        if (kind == "list") return outside_->texts("LRANGE", key, "0", "-1");
        if (kind == "zset") return outside_->texts("ZRANGE", key, "0", "-1", "WITHSCORES");
        if (kind == "set") {
            auto members = outside_->texts("SMEMBERS", key);
            std::sort(members.begin(), members.end());
            return members;
        }
        const auto fields = outside_->texts("HGETALL", key);
        std::map<std::string, std::string> sorted;
        for (std::size_t at = 0; at + 1 < fields.size(); at += 2)
            sorted[fields[at]] = key.ends_with(":states") ? sorted_lines(fields[at + 1]) : fields[at + 1];
        texts pairs;
        for (const auto& [name, value] : sorted)
            pairs.push_back(name + '=' + value);
        return pairs;
    }
    reckoning sum(std::uint32_t partitions) {
        const keys names("test", partitions);
        inspection looking(*client_, names, metrics_, clock_);
        reckoning all;
        for (std::uint32_t partition = 0; partition < partitions; ++partition) {
            const auto found = ask(looking.reckon(partition));
            EXPECT_TRUE(found.adds_up()) << partition << ": " << found.missing();
            all.accepted += found.accepted;
            all.delivered += found.delivered;
            all.dead += found.dead;
            all.live += found.live;
            all.dead_letters += found.dead_letters;
        }
        return all;
    }
    /// Nothing lies where it does not belong.
    void expect_in_place(std::uint32_t partitions) {
        const placement places("test", 4, partitions);
        for (const std::string& key : outside_->texts("KEYS", "test:{*")) {
            const auto part = places.parse(key);
            ASSERT_TRUE(part) << key;
            const auto home = places.home_of(*part);
            EXPECT_EQ(home.value_or(part->base), part->base) << key;
            EXPECT_NE(std::find(places.bases().begin(), places.bases().begin() + partitions, part->base),
                      places.bases().begin() + partitions)
                << key;
        }
    }
};

TEST_F(repartitioned, there_and_back_again_everything_is_as_it_was) {
    fill();
    const auto before = contents();
    const auto accounts = sum(4);
    EXPECT_GT(accounts.live, 30);
    EXPECT_EQ(accounts.dead_letters, endpoints);
    for (const std::uint32_t partitions : {16U, 3U, 64U}) {
        const auto moved = change(partitions);
        ASSERT_TRUE(moved) << moved.error();
        EXPECT_GT(*moved, 0u);
        expect_in_place(partitions);
        const auto now = sum(partitions);
        EXPECT_EQ(now.accepted, accounts.accepted);
        EXPECT_EQ(now.delivered, accounts.delivered);
        EXPECT_EQ(now.dead, accounts.dead);
        EXPECT_EQ(now.live, accounts.live);
        EXPECT_EQ(now.dead_letters, accounts.dead_letters);
    }
    const auto ttl_before = std::stoll(outside_->text(
        "PTTL", keys("test", 64)
                    .remembered(keys("test", 64).partition_of(id_of("remembered0")), id_of("remembered0"))));
    EXPECT_GT(ttl_before, 0) << "what is remembered still expires";
    ASSERT_TRUE(change(4));
    EXPECT_EQ(contents(), before);
}

// A new kind of key has to be thought of, here and in placement.cpp.
TEST_F(repartitioned, what_is_moved_back_and_forth_is_all_that_there_is) {
    fill();
    (*outside_)("MSET", names_.token(0), "dead", names_.beat(0), "1", names_.holder(0), "its name");
    const placement places("test", 4, 16);
    std::set<std::string> filled;
    for (const std::string& key : outside_->texts("KEYS", "test:{*")) {
        const auto part = places.parse(key);
        ASSERT_TRUE(part) << key;
        EXPECT_TRUE(placement::knows(*part)) << key;
        filled.insert(kind_of(*part));
    }
    EXPECT_EQ(filled, kinds_of_keys());
}

TEST_F(repartitioned, a_key_of_an_unknown_kind_refuses_and_changes_nothing) {
    fill();
    const std::string newer = names_.base(1) + "invented:" + shop;
    (*outside_)("SET", newer, "by a newer version");
    const auto before = contents();
    const auto result = change(16);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find(newer), std::string::npos) << result.error();
    EXPECT_EQ(contents(), before);
}

TEST_F(repartitioned, the_same_number_is_nothing_to_do) {
    fill();
    const auto before = contents();
    const auto moved = change(4);
    ASSERT_TRUE(moved);
    EXPECT_EQ(*moved, 0u);
    EXPECT_EQ(contents(), before);
}

TEST_F(repartitioned, a_beating_lease_refuses_and_changes_nothing) {
    fill();
    (*outside_)("SET", names_.token(2), "alive");
    const auto before = contents();
    redis_link beating = look();
    std::optional<expected<std::uint64_t, std::string>> result;
    repartition_plan plan;
    plan.prefix = "test";
    plan.partitions = 16;
    plan.lease = milliseconds(200);
    boost::asio::co_spawn(context_, keep(repartition(*client_, metrics_, clock_, plan), result),
                          boost::asio::detached);
    until([&] {
        beating("INCR", names_.beat(2));
        return result.has_value();
    });
    ASSERT_FALSE(*result);
    EXPECT_NE(result->error().find("stop every daemon"), std::string::npos) << result->error();
    EXPECT_EQ(contents(), before);
}

TEST_F(repartitioned, broken_off_it_goes_on_and_no_daemon_starts_meanwhile) {
    fill();
    const auto before = contents();
    ASSERT_TRUE(change(16));
    const auto after = contents();
    // As if it had been broken off in the middle of the way back: some is moved, and some is not.
    (*outside_)("SET", names_.store(), "postrider store, format 3, partitions 16, being moved to 4");
    const keys sixteen("test", 16);
    int put_back = 0;
    for (const auto& [key, content] : before) {
        if (put_back > 20 || !key.ends_with(shop)) continue;
        const placement places("test", 4, 16);
        const auto part = places.parse(key);
        if (!part || !places.home_of(*part)) continue;
        (*outside_)("RENAME", *places.home_of(*part) + part->kind + ':' + part->name, key);
        ++put_back;
    }
    EXPECT_GT(put_back, 0);
    store_check checked;
    const auto check = [this, &checked]() -> boost::asio::awaitable<void> {
        checked = co_await check_store(*client_, names_);
    };
    run(check());
    EXPECT_TRUE(checked.foreign);
    EXPECT_NE(checked.fault.find("repartition --partitions 4"), std::string::npos) << checked.fault;
    const auto other = change(8);
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().find("--partitions 4"), std::string::npos) << other.error();
    ASSERT_TRUE(change(4));
    EXPECT_EQ(contents(), before);
}

TEST_F(repartitioned, no_store_is_a_clear_error) {
    (*outside_)("DEL", names_.store());
    const auto result = change(16);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("there is no store"), std::string::npos);
}

// keys.cpp and placement.cpp are two views of one thing: what a key's name says is where it belongs.
TEST(placement, knows_every_key_of_a_partition) {
    const placement places("p", 4, 16);
    const keys names("p", 4);
    const keys after("p", 16);
    const std::string queue = "tenant.endpoint";
    const std::string id = "AAAAAAAAAAAAAAAAAAAAAA";
    const std::string home = after.base(after.partition_of(queue));
    for (const auto& key :
         {names.queue(1, queue), names.retry_lane(1, queue), names.retry(1, queue), names.dead(1, queue),
          names.dead_record(1, queue, id), names.order(1, queue, "hash"), names.history(1, queue)}) {
        const auto part = places.parse(key);
        ASSERT_TRUE(part) << key;
        EXPECT_EQ(places.home_of(*part), home) << key;
        EXPECT_EQ(placement::scan_of(*part), "") << key;
    }
    EXPECT_EQ(places.home_of(*places.parse(names.remembered(1, id))), after.base(after.partition_of(id)));
    for (const auto& [key, member] :
         std::map<std::string, std::string>{{names.ready(1), queue},
                                            {names.names(1), queue},
                                            {names.due(1), queue},
                                            {names.parked(1), queue},
                                            {names.health(1), queue},
                                            {names.states(1), queue},
                                            {names.all_dead(1), queue + '|' + id},
                                            {names.inflight(1), queue + '|' + id}}) {
        const auto part = places.parse(key);
        ASSERT_TRUE(part) << key;
        EXPECT_FALSE(places.home_of(*part)) << key;
        EXPECT_NE(placement::scan_of(*part), "") << key;
        EXPECT_EQ(places.home_of_member(*part, member), home) << key;
    }
    for (const auto& key :
         {names.event(1, id), names.counts(1), names.token(1), names.beat(1), names.holder(1)}) {
        const auto part = places.parse(key);
        ASSERT_TRUE(part) << key;
        EXPECT_FALSE(places.home_of(*part)) << key;
        EXPECT_EQ(placement::scan_of(*part), "") << key;
    }
    for (const auto* foreign : {"p:store", "p:{none}:queue:a", "other:{0}:queue:a", "p", ""})
        EXPECT_FALSE(places.parse(foreign)) << foreign;
}

TEST(placement, knows_every_kind_of_key) {
    const placement places("p", 4, 16);
    const keys names("p", 4);
    const auto kinds = kinds_of_keys();
    EXPECT_GE(kinds.size(), 19u);
    for (const std::string& kind : kinds) {
        const auto part = places.parse(names.base(1) + kind + (kind.ends_with(':') ? "a.b" : ""));
        ASSERT_TRUE(part) << kind;
        EXPECT_TRUE(placement::knows(*part)) << kind << " is in lib/keys.lua and nobody moves it";
    }
    for (const auto* other : {"invented", "invented:a", "queue", "ready:a", "owner:a"})
        EXPECT_FALSE(placement::knows(*places.parse(names.base(1) + other))) << other;
}

TEST(store_description, is_read_as_it_is_written) {
    store_description moving;
    moving.partitions = 64;
    moving.moving_to = 16;
    for (const auto& one :
         {moving, parse_store_description("postrider store, format 3, partitions 64").value()}) {
        const auto read = parse_store_description(to_text(one));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->partitions, one.partitions);
        EXPECT_EQ(read->moving_to, one.moving_to);
    }
    for (const auto* other :
         {"", "postrider store, format 2, partitions 64", "postrider store, format 3, partitions ",
          "postrider store, format 3, partitions 64 and"})
        EXPECT_FALSE(parse_store_description(other)) << other;
}

}  // namespace
}  // namespace postrider::queue
