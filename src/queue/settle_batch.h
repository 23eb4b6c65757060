#pragma once

#include "call_partitions.h"
#include "store_context.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

enum class settlement_kind : std::uint8_t { complete, retry_later, bury, hand_back, save_health };
constexpr std::size_t settlement_kinds = 5;

/// The end of an attempt, or a text about an endpoint, until Redis has answered it.
struct settlement {
    settlement_kind kind = settlement_kind::complete;
    std::uint32_t partition = 0;
    std::string queue_name;
    std::string store_id;            ///< not of save_health
    std::uint32_t attempt = 0;       ///< not of save_health
    milliseconds delay{0};           ///< of retry_later
    std::string_view counter;        ///< of bury: a literal
    std::string record;              ///< of bury: the dead letter; of save_health: the text
    std::uint64_t most_dead = 0;     ///< of bury; 0: no bound
    std::string history;             ///< an encoded attempt; empty: none. Stamped as it is sent
    bool keeps_body = false;         ///< the body stays as long as that record
    std::uint64_t most_history = 0;  ///< records
    std::uint64_t serial = 0;        ///< of save_health: the later has the greater
    bool is_awaited = false;         ///< the next of its ordering key cannot begin before it is settled
    [[nodiscard]] std::size_t bytes() const;
};

/// One claim of a call, with the lane that begins.
struct wanted_claim {
    dispatch_port::claim claim;
    bool retries_first = false;
};

/// Settlements of one kind that go as one call, with claims if they are completions.
class settle_batch {
 public:
    /// Records get stamps from `now` on.
    settle_batch(settlement_kind kind, store_context& context, monotonic_time now)
        : kind_(kind), context_(context), now_(now) {}

    /// False, and nothing is added, when the partition is not ours any more.
    bool add(settlement item);
    /// False, and nothing is added, when no attempt may begin in the partition now. Comes after all items.
    bool add_claim(wanted_claim claim);
    [[nodiscard]] bool is_full(const settlement& next) const;
    /// Has records of completions pushed beside the script where that may be. Comes after all items. Not
    /// where Redis is full: no plain command writes there, while a script ends deliveries and so makes room.
    void push_beside();
    [[nodiscard]] bool empty() const noexcept { return items_.empty() && claims_.empty(); }

    [[nodiscard]] script script_to_run() const;
    [[nodiscard]] redis::command compose(const script_form& form) const;

    [[nodiscard]] std::vector<settlement>& items() noexcept { return items_; }
    /// Whether commands beside the script push records.
    [[nodiscard]] bool pushes_beside() const;
    /// What those commands answered: which histories are there, and how long they are.
    void note_lengths(const redis::reply& reply);
    /// Elements of the reply before those of the claims: one for each item, of completions one for each
    /// group.
    [[nodiscard]] std::size_t answers() const noexcept {
        return kind_ == settlement_kind::complete ? groups_.size() : items_.size();
    }
    /// Shows each item with its answer, and whether its record could not be pushed: the history had gone.
    template <typename Visit>
    void visit_answers(const redis::reply_view& reply, Visit visit) {
        if (kind_ != settlement_kind::complete) {
            for (std::size_t index = 0; index < items_.size(); ++index)
                visit(items_[index], reply[index].text(), false);
            return;
        }
        for (std::size_t at = 0; at < groups_.size(); ++at) {
            const redis::reply_view answer = reply[at];
            const std::string_view whole = answer.text();
            const auto& places = groups_[at].items;
            for (std::size_t index = 0; index < places.size(); ++index)
                visit(items_[places[index]], whole.empty() ? answer[index].text() : whole,
                      groups_[at].was_gone);
        }
    }
    [[nodiscard]] const std::vector<wanted_claim>& claims() const noexcept { return claims_; }
    [[nodiscard]] const std::string& token_of(std::uint32_t partition) const {
        return partitions_.token_of(partition);
    }

 private:
    /// Completions of one queue that end the same attempt.
    struct group {
        std::uint32_t partition = 0;     ///< its place in the call
        std::vector<std::size_t> items;  ///< places in items_
        std::string_view records;        ///< where they are for the script (scripts/complete.lua)
        bool was_gone = false;           ///< the history into which they were to be pushed
    };

    void join_group(std::uint32_t partition, std::size_t index);
    [[nodiscard]] bool may_push(const group& group) const;
    [[nodiscard]] bool has_other_group(const group& group) const;
    static bool is_pushed(const group& group);
    void compose_groups(redis::command& command, bool again) const;
    void compose_group(redis::command& command, const group& group, bool again) const;
    [[nodiscard]] redis::command compose_push(const group& group) const;
    void add_item(redis::command& command, const settlement& item) const;
    void add_claims(redis::command& command) const;

    settlement_kind kind_;
    store_context& context_;
    monotonic_time now_;
    call_partitions partitions_;
    std::vector<settlement> items_;
    std::vector<group> groups_;  ///< of completions, by their partitions
    std::vector<wanted_claim> claims_;
    std::size_t bytes_ = 0;
};

}  // namespace postrider::queue
