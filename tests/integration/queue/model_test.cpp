#include "script_story.h"

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>

namespace postrider::queue {
namespace {

/// What the scripts should do, for one partition and few queues, in a few lines of C++: run side by side with
/// the scripts over random calls, also stale and fenced ones.
class model_story : public script_story {
 protected:
    struct model_delivery {
        char state = 'q';
        int attempts = 0;
        std::string suffix{};  ///< with its ordering key
        [[nodiscard]] std::string text() const { return state + std::to_string(attempts) + suffix; }
    };
    using name = std::pair<std::string, std::string>;  // queue, id
    std::map<name, model_delivery> live_;
    std::map<name, model_delivery> dead_;
    std::map<name, std::deque<std::string>> lines_;  ///< by queue and suffix: the busy one, and who is parked
    std::map<std::string, std::deque<std::string>> fresh_;
    std::map<std::string, std::deque<std::string>> again_;
    int accepted_ = 0;
    int delivered_ = 0;
    int buried_ = 0;
    std::minstd_rand random_;
    std::string token_ = "T";
    int created_ = 0;

    int any(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    std::string any_queue() { return std::string(1, static_cast<char>('a' + any(3))); }
    bool has_work(const std::string& queue) { return !fresh_[queue].empty() || !again_[queue].empty(); }

    /// A delivery in flight, if there is one.
    std::optional<name> any_flying() {
        std::vector<name> flying;
        for (const auto& [key, delivery] : live_)
            if (delivery.state == 'f') flying.push_back(key);
        if (flying.empty()) return std::nullopt;
        return flying[static_cast<std::size_t>(any(static_cast<int>(flying.size())))];
    }

    void do_enqueue();
    void do_claim();
    void do_settle();
    void do_promote();
    void do_recover();
    void do_fenced();
    std::string apply(const name& what, int kind);
    bool release_next(const name& what, const std::string& suffix);
    void compare();
};

void model_story::do_enqueue() {
    const std::string id = "e" + std::to_string(created_++);
    std::set<std::string> queues{any_queue(), any_queue()};
    arrival event{id, "body of " + id, "", {}};
    event.key = any(2) == 0 ? "" : std::string(11, static_cast<char>('k' + any(2)));
    std::string letters = "S";
    for (const auto& queue : queues) {
        const bool now = any(2) == 0;
        event.deliveries.emplace_back(0, now ? queue + '!' : queue);
        model_delivery& made = live_[name(queue, id)];
        ++accepted_;
        if (!event.key.empty()) {
            made.suffix = ':' + event.key;
            auto& line = lines_[name(queue, made.suffix)];
            line.push_back(id);
            if (line.size() > 1) {
                made.state = 'p';
                letters += 'p';
                continue;
            }
        }
        if (now && !has_work(queue)) {
            made.state = 'f';
            made.attempts = 1;
            letters += 'f';
            continue;
        }
        letters += has_work(queue) ? 'q' : 'r';
        fresh_[queue].push_back(id);
    }
    EXPECT_EQ(enqueue({event}, token_), texts{letters});
}

void model_story::do_claim() {
    const std::string queue = any_queue();
    const int most = 1 + any(4);
    int turn = any(2);
    texts expected{""};
    std::array<std::deque<std::string>*, 2> lanes{&fresh_[queue], &again_[queue]};
    int given = 0;
    const int first = turn;
    for (; given < most && has_work(queue); ++given, turn = 1 - turn) {
        auto& lane = lanes[static_cast<std::size_t>(turn)]->empty()
                         ? *lanes[static_cast<std::size_t>(1 - turn)]
                         : *lanes[static_cast<std::size_t>(turn)];
        const std::string id = lane.front();
        lane.pop_front();
        model_delivery& claimed = live_[name(queue, id)];
        claimed.state = 'f';
        expected.push_back(std::to_string(++claimed.attempts) + ':' + id);
        expected.push_back(stored("body of " + id));
    }
    expected[0] = std::to_string(given) + (has_work(queue) ? " 1" : " 0");
    EXPECT_EQ(complete({}, {{0, queue, most, first}}, token_), expected);
}

/// Gives whether the queue had had no work.
bool model_story::release_next(const name& what, const std::string& suffix) {
    if (suffix.empty()) return false;
    auto& line = lines_[name(what.first, suffix)];
    EXPECT_EQ(line.front(), what.second) << "who is busy is the first";
    line.pop_front();
    if (line.empty()) return false;
    const bool wakes = !has_work(what.first);
    live_[name(what.first, line.front())].state = 'q';
    fresh_[what.first].push_back(line.front());
    return wakes;
}

/// Gives the answer.
std::string model_story::apply(const name& what, int kind) {
    model_delivery& delivery = live_[what];
    switch (kind) {
        case 0:
            ++delivered_;
            break;
        case 1:
            delivery.state = 'r';
            return "A";
        case 2:
            ++buried_;
            dead_[what] = delivery;
            dead_[what].state = 'd';
            break;
        default:
            (delivery.attempts == 1 ? fresh_ : again_)[what.first].push_front(what.second);
            delivery.state = 'q';
            --delivery.attempts;
            return "A";
    }
    const std::string suffix = delivery.suffix;
    live_.erase(what);
    return release_next(what, suffix) ? "AW" : "A";
}

void model_story::do_settle() {
    const auto what = any_flying();
    if (!what) return;
    const int kind = any(4);
    const int attempt = live_[*what].attempts + (any(4) == 0 ? 1 - 2 * any(2) : 0);
    const bool fits = attempt == live_[*what].attempts;
    item settled{0, what->first, what->second, std::to_string(attempt), {}};
    if (kind == 1) settled.rest = {"0"};
    if (kind == 2) settled.rest = {"dead", "{}"};
    const std::array scripts{script::complete, script::retry_later, script::bury, script::hand_back};
    const auto answer = kind == 0 ? complete({settled}, {}, token_)
                                  : settle(scripts[static_cast<std::size_t>(kind)], {settled}, token_);
    EXPECT_EQ(answer, texts{fits ? apply(*what, kind) : "S"});
    // And once more, as after a lost reply.
    const auto again = kind == 0 ? complete({settled}, {}, token_)
                                 : settle(scripts[static_cast<std::size_t>(kind)], {settled}, token_);
    EXPECT_EQ(again, texts{"S"});
}

void model_story::do_promote() {
    promote({0}, 256, token_);
    std::map<std::string, std::set<std::string>> due;
    for (auto& [what, delivery] : live_) {
        if (delivery.state != 'r') continue;
        delivery.state = 'q';
        due[what.first].insert(what.second);
    }
    // Those of one millisecond come in no order that matters: it is taken over from Redis.
    for (const auto& [queue, ids] : due) {
        const texts lane = redis().texts("LRANGE", names.retry_lane(0, queue), "0", "-1");
        ASSERT_EQ(lane.size(), again_[queue].size() + ids.size());
        const texts added(lane.begin() + static_cast<std::ptrdiff_t>(again_[queue].size()), lane.end());
        EXPECT_EQ(std::set<std::string>(added.begin(), added.end()), ids);
        again_[queue].insert(again_[queue].end(), added.begin(), added.end());
    }
}

/// Another owner takes over, and holds a part of what flies.
void model_story::do_recover() {
    const std::string next = token_ + 'x';
    ASSERT_EQ(run(script::acquire, {0}, {"me", token_, "", next.substr(next.size() > 20 ? 20 : 0)}),
              texts{"A"});
    token_ = next.substr(next.size() > 20 ? 20 : 0);
    texts arguments{token_, "0", "256"};
    std::set<name> gone;
    for (const auto& [what, delivery] : live_) {
        if (delivery.state != 'f') continue;
        if (any(2) == 0)
            arguments.push_back(what.first + '|' + what.second);
        else
            gone.insert(what);
    }
    run(script::recover, {0}, arguments);
    std::map<std::string, std::size_t> returned;
    for (const name& what : gone) {
        live_[what].state = 'q';
        ++returned[what.first];
    }
    for (const auto& [queue, count] : returned) {
        const texts lane = redis().texts("LRANGE", names.retry_lane(0, queue), "0", "-1");
        ASSERT_EQ(lane.size(), again_[queue].size() + count);
        for (std::size_t index = count; index-- > 0;) {
            EXPECT_TRUE(gone.contains(name(queue, lane[index])));
            again_[queue].push_front(lane[index]);
        }
    }
}

void model_story::do_fenced() {
    const auto before = everything();
    const auto what = any_flying().value_or(name("a", "none"));
    const item late{0, what.first, what.second, "1", {}};
    EXPECT_EQ(complete({late}, {{0, "a", 3}}, "stale"), (texts{"F", "F"}));
    EXPECT_EQ(settle(script::hand_back, {late}, "stale"), texts{"F"});
    EXPECT_EQ(promote({0}, 256, "stale"), texts{"F"});
    EXPECT_EQ(everything(), before);
}

void model_story::compare() {
    std::map<std::string, std::string> states;
    std::set<std::string> ids;
    texts flying;
    for (const auto& [what, delivery] : live_) {
        EXPECT_EQ(state(0, what.first, what.second), delivery.text());
        if (delivery.state == 'f') flying.push_back(what.first + '|' + what.second);
        ids.insert(what.second);
    }
    for (const auto& [what, delivery] : dead_) {
        EXPECT_EQ(state(0, what.first, what.second), delivery.text());
        ids.insert(what.second);
    }
    EXPECT_EQ(redis().texts("KEYS", names.event(0, "*")).size(), ids.size()) << "bodies of these alone";
    EXPECT_EQ(redis().texts("KEYS", names.state(0, "*")).size(), ids.size());
    texts noted = redis().texts("HKEYS", names.inflight(0));
    std::sort(noted.begin(), noted.end());
    std::sort(flying.begin(), flying.end());
    EXPECT_EQ(noted, flying);
    texts ready = redis().texts("SMEMBERS", names.ready(0));
    std::sort(ready.begin(), ready.end());
    texts working;
    for (const std::string queue : {"a", "b", "c"}) {
        EXPECT_EQ(redis().texts("LRANGE", names.queue(0, queue), "0", "-1"),
                  texts(fresh_[queue].begin(), fresh_[queue].end()));
        EXPECT_EQ(redis().texts("LRANGE", names.retry_lane(0, queue), "0", "-1"),
                  texts(again_[queue].begin(), again_[queue].end()));
        if (has_work(queue)) working.push_back(queue);
    }
    EXPECT_EQ(ready, working);
    std::map<std::string, int> parked;
    for (const auto& [which, line] : lines_) {
        EXPECT_EQ(list(names.order(0, which.first, which.second.substr(1))), texts(line.begin(), line.end()));
        if (line.size() > 1) parked[which.first] += static_cast<int>(line.size()) - 1;
    }
    EXPECT_EQ(redis().text("HLEN", names.parked(0)), std::to_string(parked.size()));
    for (const auto& [queue, count] : parked)
        EXPECT_EQ(redis().text("HGET", names.parked(0), queue), std::to_string(count));
    EXPECT_EQ(accepted_, delivered_ + buried_ + static_cast<int>(live_.size()));
    EXPECT_EQ(counted(0, "accepted"), accepted_ == 0 ? "" : std::to_string(accepted_));
    EXPECT_EQ(counted(0, "delivered"), delivered_ == 0 ? "" : std::to_string(delivered_));
    EXPECT_EQ(counted(0, "dead"), buried_ == 0 ? "" : std::to_string(buried_));
    const texts reckoned = run(script::reckon, {0}, {"16"});
    EXPECT_EQ(reckoned[1], std::to_string(live_.size())) << "what is live is found by looking";
    EXPECT_EQ(reckoned[2], std::to_string(dead_.size()));
}

class random_calls : public model_story, public ::testing::WithParamInterface<unsigned> {};
INSTANTIATE_TEST_SUITE_P(seeds, random_calls, ::testing::Range(1U, 13U));

TEST_P(random_calls, leave_the_store_as_the_model_says) {
    random_.seed(GetParam() * 7919);
    for (int step = 0; step < 250 && !HasFailure(); ++step) {
        switch (any(10)) {
            case 0:
            case 1:
            case 2:
                do_enqueue();
                break;
            case 3:
            case 4:
                do_claim();
                break;
            case 5:
            case 6:
            case 7:
                do_settle();
                break;
            case 8:
                do_promote();
                break;
            default:
                any(2) == 0 ? do_recover() : do_fenced();
                break;
        }
        compare();
    }
}

}  // namespace
}  // namespace postrider::queue
