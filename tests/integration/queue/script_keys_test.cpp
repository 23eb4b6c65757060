#include "script_story.h"

#include <fstream>
#include <sstream>

namespace postrider::queue {
namespace {

using script_keys = script_story;

// lib/keys.lua and keys.cpp are the two halves of one thing.
TEST_F(script_keys, agree_with_those_of_the_program) {
    std::ifstream file(POSTRIDER_LUA_DIR "/lib/keys.lua");
    std::stringstream text;
    text << file.rdbuf();
    ASSERT_FALSE(text.str().empty());
    text << R"(
        local b, q, i = KEYS[1], 'tenant.endpoint', 'store-id'
        return {token_key(b), beat_key(b), holder_key(b), event_key(b, i), states_key(b), queue_key(b, q), again_key(b, q), retry_key(b, q),
                dead_key(b, q), letter_key(b, q, i), all_dead_key(b), ready_key(b), due_key(b), inflight_key(b),
                counts_key(b), remembered_key(b, i), order_key(b, q, 'hash'), parked_key(b), history_key(b, q),
                names_key(b), health_key(b)})";
    const std::string queue = "tenant.endpoint";
    const std::string id = "store-id";
    EXPECT_EQ(redis().texts("EVAL", text.str(), "1", names.base(3)), (texts{names.token(3),
                                                                            names.beat(3),
                                                                            names.holder(3),
                                                                            names.event(3, id),
                                                                            names.states(3),
                                                                            names.queue(3, queue),
                                                                            names.retry_lane(3, queue),
                                                                            names.retry(3, queue),
                                                                            names.dead(3, queue),
                                                                            names.dead_record(3, queue, id),
                                                                            names.all_dead(3),
                                                                            names.ready(3),
                                                                            names.due(3),
                                                                            names.inflight(3),
                                                                            names.counts(3),
                                                                            names.remembered(3, id),
                                                                            names.order(3, queue, "hash"),
                                                                            names.parked(3),
                                                                            names.history(3, queue),
                                                                            names.names(3),
                                                                            names.health(3)}));
}

// Out of memory, nothing comes in and everything drains.
TEST_F(script_keys, only_intake_stops_when_memory_is_out) {
    enqueue({{"e1", "1", "", {{0, "q!"}}}, {"e2", "2", "", {{0, "q!"}}}, {"e3", "3", "", {{0, "q!"}}}});
    enqueue({{"e4", "4", "", {{0, "p"}}}});
    redis()("CONFIG", "SET", "maxmemory", "1");
    const texts refused = enqueue({{"e5", "5", "", {{0, "q"}}}});
    EXPECT_TRUE(refused[0].starts_with("OOM")) << refused[0];
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}, {{0, "p", 1}})[0], "A");
    EXPECT_EQ(settle(script::retry_later, {{0, "q", "e2", "1", {"0"}}}), texts{"A"});
    EXPECT_EQ(promote({0}), (texts{"-1 1 0 1", "q"}));
    EXPECT_EQ(settle(script::bury, {{0, "q", "e3", "1", {"dead", "{}"}}}), texts{"A"});
    EXPECT_EQ(settle(script::hand_back, {{0, "p", "e4", "1", {}}}), texts{"A"});
    EXPECT_EQ(claim({{0, "q", 1}})[0], "1 0");
    EXPECT_EQ(run(script::recover, {0}, {"T", "0", "256"}), texts{"- 1 0 0"});
    EXPECT_EQ(run(script::renew, {0}, {"T"}), texts{"A"});
    EXPECT_EQ(run(script::acquire, {0}, {"me", "T", "", "T2"}), texts{"A"});
    EXPECT_EQ(run(script::release, {0}, {"T2"}), texts{"A"});
    redis()("CONFIG", "SET", "maxmemory", "0");
    EXPECT_EQ(state(0, "q", "e5"), "");
}

// What every event touches is named by texts there, which are no others.
TEST_F(script_keys, are_the_same_where_they_are_texts) {
    std::stringstream text;
    for (const char* part : {"/lib/keys.lua", "/lib/names.lua"})
        text << std::ifstream(std::string(POSTRIDER_LUA_DIR) + part).rdbuf();
    text << R"(
        local b, q, i = KEYS[1], 'tenant.endpoint', 'store-id'
        local pairs_of = {{token_key(b), b .. token_name}, {ready_key(b), b .. ready_name}, {states_key(b), b .. states_name},
                          {inflight_key(b), b .. inflight_name}, {counts_key(b), b .. counts_name}, {names_key(b), b .. names_name},
                          {event_key(b, i), b .. event_name .. i}, {history_key(b, q), b .. history_name .. q}}
        local others = {}
        for _, names in ipairs(pairs_of) do
            if names[1] ~= names[2] then others[#others + 1] = names[2] end
        end
        return others)";
    EXPECT_EQ(redis().texts("EVAL", text.str(), "1", names.base(3)), texts{});
}

}  // namespace
}  // namespace postrider::queue
