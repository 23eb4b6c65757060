#include "queue_model.h"
#include "script_story.h"

#include <algorithm>
#include <array>
#include <random>
#include <set>

namespace postrider::queue {
namespace {

using name = queue_model::name;
using settlement = queue_model::settlement;

constexpr std::array queues{"a", "b", "c"};
constexpr std::array contents{"0123456789abcdef", "fedcba9876543210"};

/// A fresh start has its moment behind it, which the model does not know.
std::string without_moment(const std::string& text) {
    const auto begin = std::min(text.find('@'), text.size() - 1) + 1;
    const auto end = text.find_first_not_of("0123456789", begin);
    return text.substr(0, begin) + (end == std::string::npos ? "" : text.substr(end));
}

/// The scripts beside the model, call by call, over random calls: also late, repeated, wrong and fenced ones.
class model_story : public script_story {
 protected:
    queue_model model_;
    std::minstd_rand random_;
    std::string token_ = "T";
    int created_ = 0;

    int any(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    std::string any_queue() { return queues.at(static_cast<std::size_t>(any(3))); }
    /// A delivery in one of these states, if there is one; sometimes one that never was.
    name any_in(std::string_view states) {
        std::vector<name> found;
        for (const char state : states)
            for (const name& each : model_.in_state(state))
                found.push_back(each);
        if (found.empty() || any(12) == 0) return {any_queue(), "e" + std::to_string(any(created_ + 1))};
        return found[static_cast<std::size_t>(any(static_cast<int>(found.size())))];
    }
    const queue_model::delivery* find(const name& what) const {
        const auto at = model_.live().find(what);
        return at == model_.live().end() ? nullptr : &at->second;
    }
    texts lane_in_redis(const std::string& queue) {
        return redis().texts("LRANGE", names.retry_lane(0, queue), "0", "-1");
    }

    void do_enqueue();
    void do_claim();
    void do_settle();
    void do_promote();
    void do_recover();
    void do_fenced();
    void do_replay();
    void do_purge();
    void do_end_waiting();
    void do_erase_event();
    void do_erase_queue();
    void do_any();
    void compare();
    void compare_lanes(const std::string& queue);
    void compare_states();
    void compare_counts();
};

/// A new event, or an old one over again: the very same, with other content, or past its window.
void model_story::do_enqueue() {
    queue_model::arrival event;
    const bool old = created_ > 0 && any(4) == 0;
    const int number = old ? any(created_) : created_++;
    event.id = "e" + std::to_string(number);
    // Every other event is remembered; what is not counts as past its window.
    if (number % 2 == 0) event.content = contents.at(old && any(2) == 0 ? 1 : 0);
    event.key = any(2) == 0 ? "" : std::string(11, static_cast<char>('k' + any(2)));
    event.most_waiting = any(3) == 0 ? static_cast<std::size_t>(1 + any(6)) : 0;
    event.by_owner = any(4) != 0;
    for (const auto& queue : std::set<std::string>{any_queue(), any_queue()})
        event.queues.emplace_back(queue, any(2) == 0);

    arrival sent{event.id, "body of " + event.id, event.content, {}};
    sent.key = event.key;
    sent.most_waiting = static_cast<int>(event.most_waiting);
    for (const auto& [queue, at_once] : event.queues)
        sent.deliveries.emplace_back(0, at_once ? queue + '!' : queue);
    EXPECT_EQ(enqueue({sent}, event.by_owner ? token_ : "", any(2) == 0), texts{model_.enqueue(event)});
}

void model_story::do_claim() {
    const std::string queue = any_queue();
    const int most = 1 + any(4);
    const int lane = any(2);
    texts expected;
    for (const std::string& each : model_.claim(queue, most, lane)) {
        expected.push_back(each);
        if (expected.size() == 1) continue;
        const std::string id = each.substr(each.find(':') + 1, each.find_first_of("@!") - each.find(':') - 1);
        const bool remembered = std::stoi(id.substr(1)) % 2 == 0;
        expected.push_back(stored("body of " + id, remembered ? contents[0] : ""));
    }
    texts answer = complete({}, {{0, queue, most, lane}}, token_);
    std::transform(answer.begin(), answer.end(), answer.begin(), without_moment);
    EXPECT_EQ(answer, expected);
}

void model_story::do_settle() {
    const name what = any_in("f");
    const auto* known = find(what);
    const int attempt = (known ? known->attempts : 1) + (any(4) == 0 ? 1 - 2 * any(2) : 0);
    const bool due_at_once = any(2) == 0;
    const auto how = static_cast<settlement>(any(4));
    item settled{0, what.first, what.second, std::to_string(attempt), {}};
    if (how == settlement::retry_later) settled.rest = {due_at_once ? "0" : "3600000"};
    if (how == settlement::bury) settled.rest = {"dead", "{}"};
    const std::array scripts{script::complete, script::retry_later, script::bury, script::hand_back};
    const auto send = [&] {
        return how == settlement::complete
                   ? complete({settled}, {}, token_)
                   : settle(scripts.at(static_cast<std::size_t>(how)), {settled}, token_);
    };
    EXPECT_EQ(send(), texts{model_.settle(how, what, attempt, due_at_once)});
    // And once more, as after a lost reply.
    EXPECT_EQ(send(), texts{"S"});
}

void model_story::do_promote() {
    std::map<std::string, std::set<std::string>> due;
    for (const auto& [what, delivery] : model_.live())
        if (delivery.state == 'r' && delivery.due) due[what.first].insert(what.second);
    promote({0}, 256, token_);
    // Those of one millisecond come in no order that matters: it is taken over from Redis.
    for (const auto& [queue, ids] : due) {
        const texts lane = lane_in_redis(queue);
        const auto before = static_cast<std::ptrdiff_t>(model_.again(queue).size());
        ASSERT_EQ(lane.size(), static_cast<std::size_t>(before) + ids.size());
        const texts added(lane.begin() + before, lane.end());
        EXPECT_EQ(std::set<std::string>(added.begin(), added.end()), ids);
        model_.promote(queue, added);
    }
}

/// Another owner takes over, and holds a part of what flies.
void model_story::do_recover() {
    const std::string next = "T" + std::to_string(any(1'000'000'000));
    ASSERT_EQ(run(script::acquire, {0}, {"me", token_, "", next}), texts{"A"});
    token_ = next;
    texts arguments{token_, "0", "256"};
    std::map<std::string, std::set<std::string>> gone;
    for (const name& what : model_.in_state('f')) {
        if (any(2) == 0)
            arguments.push_back(what.first + '|' + what.second);
        else
            gone[what.first].insert(what.second);
    }
    run(script::recover, {0}, arguments);
    for (const auto& [queue, ids] : gone) {
        const texts lane = lane_in_redis(queue);
        ASSERT_EQ(lane.size(), model_.again(queue).size() + ids.size());
        for (std::size_t index = ids.size(); index-- > 0;) {
            ASSERT_TRUE(ids.contains(lane[index]));
            model_.recover({queue, lane[index]});
        }
    }
}

/// Whatever an owner of earlier sends, and however right it is otherwise.
void model_story::do_fenced() {
    const auto before = everything();
    const name what = any_in("f");
    const auto* known = find(what);
    const std::string attempt = std::to_string(known ? known->attempts : 1);
    const auto late = [&](texts rest) { return item{0, what.first, what.second, attempt, std::move(rest)}; };
    EXPECT_EQ(complete({late({})}, {{0, "a", 3}}, "stale"), (texts{"F", "F"}));
    EXPECT_EQ(settle(script::hand_back, {late({})}, "stale"), texts{"F"});
    EXPECT_EQ(settle(script::retry_later, {late({"0"})}, "stale"), texts{"F"});
    EXPECT_EQ(settle(script::bury, {late({"dead", "{}"})}, "stale"), texts{"F"});
    EXPECT_EQ(promote({0}, 256, "stale"), texts{"F"});
    EXPECT_EQ(run(script::recover, {0}, {"stale", "0", "256"}), texts{"F"});
    EXPECT_EQ(everything(), before);
}

void model_story::do_replay() {
    const name what = any_in("dd");
    const auto most = static_cast<std::size_t>(any(3) == 0 ? 1 + any(6) : 0);
    const auto send = [&] {
        return run(script::replay, {0}, {what.first, what.second, std::to_string(most), ""});
    };
    EXPECT_EQ(send(), texts{model_.replay(what, most)});
    EXPECT_EQ(send(), texts{model_.replay(what, most)}) << "a repeat changes nothing";
}

void model_story::do_purge() {
    const name what = any_in("d");
    EXPECT_EQ(run(script::purge, {0}, {what.first, what.second}), texts{model_.purge(what)});
    EXPECT_EQ(run(script::purge, {0}, {what.first, what.second}), texts{model_.purge(what)});
}

void model_story::do_end_waiting() {
    const name what = any_in("qr");
    const auto fresh = model_.fresh(what.first);
    const auto* known = find(what);
    std::string place = "a";
    if (known && known->state == 'r') place = "r";
    if (std::find(fresh.begin(), fresh.end(), what.second) != fresh.end()) place = "q";
    const bool late = any(4) == 0;
    const std::string read = late ? "q77" : state(0, what.first, what.second);
    const auto send = [&] {
        return run(script::end_waiting, {0},
                   {what.first, "expired", "0", "0", place, what.second, read, "{}"});
    };
    EXPECT_EQ(send(), texts{late ? "S" : model_.end_waiting(what)});
    EXPECT_EQ(send(), texts{"S"});
}

void model_story::do_erase_event() {
    const std::string id = any_in("qrpdf").second;
    const texts said = run(script::erase_event, {0}, {id, "256"});
    std::size_t gone = 0;
    int flying = 0;
    for (const std::string queue : queues) {
        const auto* known = find({queue, id});
        if (known && known->state == 'f') ++flying;
        if (model_.erase({queue, id})) ++gone;
    }
    ASSERT_EQ(said.size(), 2 + 2 * gone);
    EXPECT_EQ(said[0], "0");
    EXPECT_EQ(said[1], std::to_string(flying));
}

/// In as many calls as it takes, of two entries each: the rest is where it was.
void model_story::do_erase_queue() {
    const std::string queue = any_queue();
    EXPECT_EQ(run(script::erase_queue, {0}, {queue, "0", "256", "9", "0", "0", "0", "0"})[0], "0")
        << "nothing is as old";
    texts said;
    for (int calls = 0; calls < 1000; ++calls) {
        const texts from = said.empty() ? texts{"0", "0", "0", "0"} : texts(said.begin() + 4, said.end());
        said = run(script::erase_queue, {0}, {queue, "1", "2", "9", from[0], from[1], from[2], from[3]});
        ASSERT_EQ(said.size(), 8U);
        if (said[0] == "0" && said[1] == "0" && said[3] == "1") break;
    }
    for (const auto state : {'d', 'p', 'r', 'q'})
        for (const name& what : model_.in_state(state))
            if (what.first == queue) model_.erase(what);
    for (const name& what : model_.in_state('q'))  // those that the ones before them let go
        if (what.first == queue) model_.erase(what);
}

void model_story::compare_lanes(const std::string& queue) {
    const auto as_texts = [](const queue_model::lane& lane) { return texts(lane.begin(), lane.end()); };
    EXPECT_EQ(list(names.queue(0, queue)), as_texts(model_.fresh(queue)));
    EXPECT_EQ(list(names.retry_lane(0, queue)), as_texts(model_.again(queue)));
    for (const auto& [key, state] :
         {std::pair(names.retry(0, queue), 'r'), std::pair(names.dead(0, queue), 'd')}) {
        texts kept = redis().texts("ZRANGE", key, "0", "-1");
        std::sort(kept.begin(), kept.end());
        texts expected;
        for (const auto& [of, id] : model_.in_state(state))
            if (of == queue) expected.push_back(id);
        EXPECT_EQ(kept, expected) << key;
    }
    std::size_t parked = 0;
    for (const name& what : model_.in_state('p'))
        if (what.first == queue) ++parked;
    EXPECT_EQ(redis().text("HGET", names.parked(0), queue), parked == 0 ? "" : std::to_string(parked));
}

void model_story::compare_states() {
    std::set<std::string> ids;
    for (const auto* all : {&model_.live(), &model_.dead()}) {
        for (const auto& [what, delivery] : *all) {
            const std::string text = state(0, what.first, what.second);
            EXPECT_EQ(without_moment(text), delivery.text()) << what.first << ' ' << what.second;
            ids.insert(what.second);
        }
    }
    EXPECT_EQ(redis().texts("KEYS", names.event(0, "*")).size(), ids.size()) << "bodies of these alone";
    EXPECT_EQ(redis().text("HLEN", names.states(0)), std::to_string(ids.size()));
    EXPECT_EQ(redis().texts("KEYS", names.dead_record(0, "*", "*")).size(), model_.dead().size());
    EXPECT_EQ(redis().text("ZCARD", names.all_dead(0)), std::to_string(model_.dead().size()));
    texts noted = redis().texts("HKEYS", names.inflight(0));
    std::sort(noted.begin(), noted.end());
    texts flying;
    for (const name& what : model_.in_state('f'))
        flying.push_back(what.first + '|' + what.second);
    std::sort(flying.begin(), flying.end());
    EXPECT_EQ(noted, flying);
}

void model_story::compare_counts() {
    const auto& totals = model_.counted();
    EXPECT_EQ(totals.accepted + totals.replayed,
              totals.delivered + totals.dead + totals.expired + static_cast<int>(model_.live().size()));
    for (const auto& [name, count] :
         {std::pair("accepted", totals.accepted), std::pair("delivered", totals.delivered),
          std::pair("dead", totals.dead), std::pair("expired", totals.expired),
          std::pair("retried", totals.retried), std::pair("replayed", totals.replayed)})
        EXPECT_EQ(counted(0, name), count == 0 ? "" : std::to_string(count)) << name;
    const texts reckoned = run(script::reckon, {0}, {"16"});
    EXPECT_EQ(reckoned[1], std::to_string(model_.live().size())) << "what is live is found by looking";
    EXPECT_EQ(reckoned[2], std::to_string(model_.dead().size()));
}

void model_story::compare() {
    texts ready = redis().texts("SMEMBERS", names.ready(0));
    texts due = redis().texts("ZRANGE", names.due(0), "0", "-1");
    std::sort(ready.begin(), ready.end());
    std::sort(due.begin(), due.end());
    texts working;
    std::set<std::string> retrying;
    for (const std::string queue : queues) {
        compare_lanes(queue);
        if (model_.has_work(queue)) working.push_back(queue);
    }
    for (const name& what : model_.in_state('r'))
        retrying.insert(what.first);
    EXPECT_EQ(ready, working);
    EXPECT_EQ(due, texts(retrying.begin(), retrying.end()));
    for (const auto& [which, line] : model_.lines()) {
        if (which.second.empty()) continue;
        EXPECT_EQ(list(names.order(0, which.first, which.second)), texts(line.begin(), line.end()));
    }
    compare_states();
    compare_counts();
}

void model_story::do_any() {
    using move = void (model_story::*)();
    static constexpr std::array<move, 18> moves{
        &model_story::do_enqueue,     &model_story::do_enqueue,     &model_story::do_enqueue,
        &model_story::do_enqueue,     &model_story::do_claim,       &model_story::do_claim,
        &model_story::do_settle,      &model_story::do_settle,      &model_story::do_settle,
        &model_story::do_promote,     &model_story::do_recover,     &model_story::do_fenced,
        &model_story::do_replay,      &model_story::do_replay,      &model_story::do_purge,
        &model_story::do_end_waiting, &model_story::do_erase_event, &model_story::do_erase_queue};
    (this->*moves.at(static_cast<std::size_t>(any(static_cast<int>(moves.size())))))();
}

class random_calls : public model_story, public ::testing::WithParamInterface<unsigned> {};
INSTANTIATE_TEST_SUITE_P(seeds, random_calls, ::testing::Range(1U, 13U));

TEST_P(random_calls, leave_the_store_as_the_model_says) {
    SCOPED_TRACE("seed " + std::to_string(GetParam() * 7919));
    random_.seed(GetParam() * 7919);
    for (int step = 0; step < 200 && !HasFailure(); ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        do_any();
        compare();
    }
}

}  // namespace
}  // namespace postrider::queue
