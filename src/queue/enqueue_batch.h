#pragma once

#include "call_partitions.h"
#include "store_context.h"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace postrider::queue {

/// An event that waits to be stored.
struct waiting_event {
    new_event event;
    std::function<void(enqueue_answer)> done;
    std::string store_id;
    monotonic_time deadline;  ///< past it, if it was not sent by then, the caller went away
    std::size_t bytes = 0;    ///< about, of its part of the call
};

[[nodiscard]] std::size_t bytes_of_call(const new_event& event);

/// The events of one call, with the reservations that were made for them: enqueue_batch.cpp composes the
/// call, enqueue_outcome.cpp reads its answer.
class enqueue_batch {
 public:
    explicit enqueue_batch(store_context& context) : context_(context) {}

    /// Takes an event in and asks the dispatcher for slots.
    void add(waiting_event event);
    [[nodiscard]] std::size_t deliveries() const noexcept { return deliveries_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool empty() const noexcept { return items_.empty(); }

    [[nodiscard]] redis::command compose(const script_form& form) const;

    /// Hands out the answers of an array reply of the right size, else `unavailable` to all. What was not
    /// confirmed by replicas is `unavailable` too, though it is stored.
    void finish(const redis::reply& reply, bool confirmed);
    /// The same answer for all; reservations are given back.
    void finish_all(enqueue_status status);
    /// The call was surely not executed: reservations are given back, and the events, for another call.
    [[nodiscard]] std::vector<waiting_event> take_back();

 private:
    struct destination {
        std::uint32_t partition;
        std::uint32_t place;  ///< among KEYS
        std::string queue_name;
        bool reserved;
        std::string key_hash;
    };
    struct entry {
        waiting_event event;
        std::uint32_t home_place = 0;
        std::vector<destination> targets;
    };
    /// Events that are stored together: each has one delivery, all of them to the queue of the same endpoint.
    /// Those with a slot are put straight in flight by commands beside the script
    /// (scripts/lib/straight.lua, docs/decisions/0029-straight-in-flight-beside-the-script.md), the others
    /// are the script's to place (scripts/lib/bulk.lua).
    struct group {
        std::uint32_t place;  ///< of its partition among KEYS
        const endpoint* of;
        bool reserved;
        std::vector<std::size_t> items;  ///< among items_
    };
    using groups = std::span<const group>;
    /// By their partitions, in each those with slots first.
    [[nodiscard]] static std::pair<std::uint32_t, bool> rank(std::uint32_t place, bool reserved);
    [[nodiscard]] static std::pair<std::uint32_t, bool> rank_of(const group& group);
    [[nodiscard]] static bool may_join(const entry& item);
    void join_group(std::size_t index);
    /// Whether an event without a slot goes to the same queue: what comes after it may not overtake it.
    [[nodiscard]] bool has_to_wait(const destination& target) const;
    /// Those of the partition at `place`, with a slot or without.
    [[nodiscard]] groups groups_of(std::uint32_t place, bool reserved) const;
    /// Calls `visit(laid, others)` with the groups of each place in turn, up to the last one that has some.
    template <typename Visit>
    void visit_places(const Visit& visit) const;
    void compose_groups(redis::command& command) const;
    void compose_group(redis::command& command, const group& group) const;
    /// What was laid down for a partition, as the script wants to be told.
    void write_laid(std::string& text, groups laid) const;
    /// Puts the commands beside the script that lay down the bodies of all groups
    /// (docs/decisions/0027-bodies-beside-the-script.md), and those that put groups with slots in flight.
    void lay_down(redis::command& command) const;
    void lay_in_flight(redis::command& command, groups laid) const;
    void lay_down_bodies(redis::command& command) const;
    [[nodiscard]] static std::size_t items_of(groups of);
    [[nodiscard]] const destination& target_of(const group& group) const;
    /// As the script wants them: one for all, or one in each line.
    [[nodiscard]] std::string types_of(const group& group) const;
    void compose_item(redis::command& command, const entry& item) const;
    /// Gives how many elements of the reply were of groups.
    std::size_t finish_groups(const redis::reply& reply, bool confirmed);
    void finish_laid(groups laid, const redis::reply_view& answer, bool confirmed);
    void finish_group(const group& group, const redis::reply_view& answer, bool confirmed);
    /// How many elements the reply has for groups.
    [[nodiscard]] std::size_t answers_for_groups() const;
    static destination elsewhere(const std::string& queue_name);
    static void add_target(redis::command& command, const destination& target, const endpoint_limits& limits);
    void finish_one(entry& item, std::string_view answer, bool confirmed);
    void finish_stored(entry& item, std::string_view letters, bool confirmed);
    void put_in_flight(entry& item, const destination& target);
    void give_back(const entry& item);

    store_context& context_;
    call_partitions partitions_;
    std::vector<entry> items_;
    std::vector<group> groups_;       ///< by their ranks
    std::vector<std::size_t> apart_;  ///< those of no group
    std::size_t deliveries_ = 0;
    std::size_t bytes_ = 0;
};

template <typename Visit>
void enqueue_batch::visit_places(const Visit& visit) const {
    const std::uint32_t last = groups_.empty() ? 0 : groups_.back().place;
    auto at = groups_.begin();
    for (std::uint32_t place = 1; place <= last; ++place) {
        const auto past_laid = std::find_if(
            at, groups_.end(), [&](const group& next) { return next.place != place || !next.reserved; });
        const auto past =
            std::find_if(past_laid, groups_.end(), [&](const group& next) { return next.place != place; });
        visit(groups(at, past_laid), groups(past_laid, past));
        at = past;
    }
}

}  // namespace postrider::queue
