#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace postrider::queue {

/// What the scripts should do, for one partition, in a few lines of C++ without Redis. Every move changes the
/// model and gives what the script has to answer. It knows nothing of time: what is due is told.
class queue_model {
 public:
    struct delivery {
        char state = 'q';
        int attempts = 0;
        std::string key{};           ///< hash of its ordering key
        bool starts_afresh = false;  ///< its age counts from a later moment than its acceptance
        bool due = false;            ///< of one that is retried
        int cut = 0;                 ///< the last attempt that was recovered, for it never ended
        /// As in `state:<id>`, without the moment of a fresh start.
        [[nodiscard]] std::string text() const {
            return state + std::to_string(attempts) + (key.empty() ? "" : ':' + key) +
                   (starts_afresh ? "@" : "") + (cut > 0 ? '!' + std::to_string(cut) : "");
        }
    };
    using name = std::pair<std::string, std::string>;  ///< queue, id
    using lane = std::deque<std::string>;
    struct arrival {
        std::string id;
        std::vector<std::pair<std::string, bool>> queues;  ///< and whether to put it in flight at once
        std::string key;
        std::string content;  ///< '' : not remembered; accepted at 1,700,000,000,000 ms
        std::size_t most_waiting = 0;
        bool by_owner = true;
    };
    struct totals {
        int accepted = 0;
        int delivered = 0;
        int dead = 0;
        int expired = 0;
        int retried = 0;
        int replayed = 0;
    };
    enum class settlement { complete, retry_later, bury, hand_back };

    std::string enqueue(const arrival& event);
    /// The answer of a claim: header, then attempt and id of each, `@` behind one that starts afresh, `!`
    /// behind one whose attempt before this never ended.
    std::vector<std::string> claim(const std::string& queue, int most, int first_lane);
    std::string settle(settlement how, const name& what, int attempt, bool due_at_once);
    std::string replay(const name& what, std::size_t most_waiting);
    std::string purge(const name& what);
    /// Gone, whatever its state but in flight. Gives whether it is.
    bool erase(const name& what);
    /// What waits in a lane or for its retry ends dead.
    std::string end_waiting(const name& what);
    /// All that is due, in the order that Redis gave those of one millisecond.
    void promote(const std::string& queue, const std::vector<std::string>& in_order);
    /// Back to the head of its lane, the attempt counted.
    void recover(const name& what);

    [[nodiscard]] bool has_work(const std::string& queue) const;
    [[nodiscard]] std::size_t waiting(const std::string& queue) const;
    /// Those in this state, in the order of their names.
    [[nodiscard]] std::vector<name> in_state(char state) const;
    [[nodiscard]] bool has_body(const std::string& id) const;
    [[nodiscard]] const std::map<name, delivery>& live() const { return live_; }
    [[nodiscard]] const std::map<name, delivery>& dead() const { return dead_; }
    /// By queue and hash of the key: the busy one first, all behind it parked.
    [[nodiscard]] const std::map<name, lane>& lines() const { return lines_; }
    [[nodiscard]] lane fresh(const std::string& queue) const { return of(fresh_, queue); }
    [[nodiscard]] lane again(const std::string& queue) const { return of(again_, queue); }
    [[nodiscard]] const totals& counted() const { return counted_; }

 private:
    using lanes = std::map<std::string, lane>;
    static lane of(const lanes& all, const std::string& queue);
    char place(const name& what, const arrival& event, bool at_once);
    /// Takes an ended delivery out of its key's line. Gives whether its queue had had no work and has now.
    bool release_next(const name& what, const std::string& key);
    void die(const name& what);

    std::map<name, delivery> live_;
    std::map<name, delivery> dead_;
    std::map<name, lane> lines_;
    std::map<std::string, std::pair<std::string, std::string>>
        remembered_;  // id: content, the answer to a repeat
    lanes fresh_;
    lanes again_;
    totals counted_;
};

}  // namespace postrider::queue
