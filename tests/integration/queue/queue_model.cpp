#include "queue_model.h"

#include <algorithm>
#include <array>

namespace postrider::queue {

queue_model::lane queue_model::of(const lanes& all, const std::string& queue) {
    const auto at = all.find(queue);
    return at == all.end() ? lane() : at->second;
}

bool queue_model::has_work(const std::string& queue) const {
    return !fresh(queue).empty() || !again(queue).empty();
}

std::size_t queue_model::waiting(const std::string& queue) const {
    return static_cast<std::size_t>(std::count_if(live_.begin(), live_.end(), [&](const auto& each) {
        return each.first.first == queue && each.second.state != 'f';
    }));
}

std::vector<queue_model::name> queue_model::in_state(char state) const {
    std::vector<name> found;
    for (const auto& [what, delivery] : state == 'd' ? dead_ : live_)
        if (delivery.state == state) found.push_back(what);
    return found;
}

bool queue_model::has_body(const std::string& id) const {
    const auto is_of_event = [&](const auto& each) { return each.first.second == id; };
    return std::any_of(live_.begin(), live_.end(), is_of_event) ||
           std::any_of(dead_.begin(), dead_.end(), is_of_event);
}

std::string queue_model::enqueue(const arrival& event) {
    if (const auto known = remembered_.find(event.id); known != remembered_.end() && !event.content.empty())
        return known->second.first == event.content ? known->second.second : "C";
    if (!event.content.empty()) {
        std::string recalled = 'D' + std::to_string(event.queues.size()) + " 1700000000000";
        for (const auto& [queue, at_once] : event.queues)
            recalled += ' ' + queue;
        remembered_[event.id] = {event.content, recalled};
    }
    std::string letters = "S";
    for (const auto& [queue, at_once] : event.queues)
        letters += live_.contains({queue, event.id}) ? 'a' : place({queue, event.id}, event, at_once);
    return letters;
}

char queue_model::place(const name& what, const arrival& event, bool at_once) {
    const std::string& queue = what.first;
    delivery made;
    made.key = event.key;
    made.starts_afresh = dead_.erase(what) > 0;
    ++counted_.accepted;
    const bool busy = !event.key.empty() && !lines_[name(queue, event.key)].empty();
    const bool had_work = has_work(queue);
    const bool claimed = at_once && event.by_owner && !had_work && !busy;
    if (!claimed && event.most_waiting > 0 && waiting(queue) >= event.most_waiting) {
        made.state = 'd';
        dead_[what] = made;
        ++counted_.dead;
        return 'x';
    }
    if (!event.key.empty()) lines_[name(queue, event.key)].push_back(what.second);
    made.state = claimed ? 'f' : busy ? 'p' : 'q';
    made.attempts = claimed ? 1 : 0;
    live_[what] = made;
    if (made.state != 'q') return made.state;
    fresh_[queue].push_back(what.second);
    return had_work ? 'q' : 'r';
}

std::vector<std::string> queue_model::claim(const std::string& queue, int most, int first_lane) {
    std::vector<std::string> given{""};
    const std::array<lane*, 2> both{&fresh_[queue], &again_[queue]};
    int count = 0;
    for (int turn = first_lane; count < most && has_work(queue); ++count, turn = 1 - turn) {
        const auto wanted = static_cast<std::size_t>(turn);
        lane& from = both.at(wanted)->empty() ? *both.at(1 - wanted) : *both.at(wanted);
        delivery& claimed = live_[name(queue, from.front())];
        claimed.state = 'f';
        const bool after_cut = claimed.cut > 0 && claimed.cut == claimed.attempts;
        given.push_back(std::to_string(++claimed.attempts) + ':' + from.front() +
                        (claimed.starts_afresh ? "@" : "") + (after_cut ? "!" : ""));
        from.pop_front();
    }
    given[0] = std::to_string(count) + (has_work(queue) ? " 1" : " 0");
    return given;
}

bool queue_model::release_next(const name& what, const std::string& key) {
    if (key.empty()) return false;
    lane& line = lines_[name(what.first, key)];
    const bool leads = line.front() == what.second;
    line.erase(std::find(line.begin(), line.end(), what.second));
    if (!leads || line.empty()) return false;
    const bool wakes = !has_work(what.first);
    live_[name(what.first, line.front())].state = 'q';
    fresh_[what.first].push_back(line.front());
    return wakes;
}

void queue_model::die(const name& what) {
    dead_[what] = live_[what];
    dead_[what].state = 'd';
    live_.erase(what);
}

std::string queue_model::settle(settlement how, const name& what, int attempt, bool due_at_once) {
    const auto at = live_.find(what);
    if (at == live_.end() || at->second.state != 'f' || at->second.attempts != attempt) return "S";
    delivery& ended = at->second;
    const std::string key = ended.key;
    switch (how) {
        case settlement::retry_later:
            ended.state = 'r';
            ended.due = due_at_once;
            ++counted_.retried;
            return "A";
        case settlement::hand_back:
            (ended.attempts == 1 ? fresh_ : again_)[what.first].push_front(what.second);
            ended.state = 'q';
            --ended.attempts;
            return "A";
        case settlement::bury:
            ++counted_.dead;
            die(what);
            break;
        case settlement::complete:
            ++counted_.delivered;
            live_.erase(at);
            break;
    }
    return release_next(what, key) ? "AW" : "A";
}

std::string queue_model::replay(const name& what, std::size_t most_waiting) {
    if (live_.contains(what)) return "A";
    if (!has_body(what.second)) return "G";
    if (most_waiting > 0 && waiting(what.first) >= most_waiting) return "U";
    delivery made;
    made.key = dead_[what].key;
    made.starts_afresh = true;
    dead_.erase(what);
    ++counted_.replayed;
    lane& line = lines_[name(what.first, made.key)];
    if (!made.key.empty()) line.push_back(what.second);
    made.state = line.size() > 1 ? 'p' : 'q';
    const bool wakes = made.state == 'q' && !has_work(what.first);
    live_[what] = made;
    if (made.state == 'q') fresh_[what.first].push_back(what.second);
    return wakes ? "W" : "D";
}

std::string queue_model::purge(const name& what) {
    if (live_.contains(what)) return "A";
    return dead_.erase(what) > 0 ? "D" : "G";
}

bool queue_model::erase(const name& what) {
    if (dead_.erase(what) > 0) return true;
    const auto at = live_.find(what);
    if (at == live_.end() || at->second.state == 'f') return false;
    for (lane* from : {&fresh_[what.first], &again_[what.first]})
        from->erase(std::remove(from->begin(), from->end(), what.second), from->end());
    const std::string key = at->second.key;
    live_.erase(at);
    ++counted_.dead;
    release_next(what, key);
    return true;
}

std::string queue_model::end_waiting(const name& what) {
    const auto at = live_.find(what);
    if (at == live_.end() || (at->second.state != 'q' && at->second.state != 'r')) return "S";
    for (lane* from : {&fresh_[what.first], &again_[what.first]})
        from->erase(std::remove(from->begin(), from->end(), what.second), from->end());
    const std::string key = at->second.key;
    die(what);
    ++counted_.expired;
    release_next(what, key);
    return "A";
}

void queue_model::promote(const std::string& queue, const std::vector<std::string>& in_order) {
    for (const std::string& id : in_order) {
        delivery& promoted = live_[name(queue, id)];
        promoted.state = 'q';
        promoted.due = false;
        again_[queue].push_back(id);
    }
}

void queue_model::recover(const name& what) {
    live_[what].state = 'q';
    live_[what].cut = live_[what].attempts;
    again_[what.first].push_front(what.second);
}

}  // namespace postrider::queue
