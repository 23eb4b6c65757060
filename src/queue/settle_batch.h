#pragma once

#include "call_partitions.h"
#include "claim_forecasts.h"
#include "store_context.h"

#include <algorithm>
#include <span>
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

/// Settlements of one kind that go as one call, with claims if they are completions.
class settle_batch {
 public:
    settle_batch(settlement_kind kind, store_context& context) : kind_(kind), context_(context) {}

    /// False, and nothing is added, when the partition is not ours any more.
    bool add(settlement item);
    /// False, and nothing is added, when no attempt may begin in the partition now. Comes after all items.
    bool add_claim(wanted_claim claim);
    [[nodiscard]] bool is_full(const settlement& next) const;
    /// Gives records their stamps, in the order in which they go into their histories, from `now` on. Comes
    /// after all items.
    void stamp_records(monotonic_time now);
    /// Has records of completions pushed beside the script where that may be. Comes after all items. Not
    /// where Redis is full: no plain command writes there, while a script ends deliveries and so makes room.
    void push_beside();
    [[nodiscard]] bool empty() const noexcept { return items_.empty() && claims_.empty(); }

    [[nodiscard]] script script_to_run() const;
    [[nodiscard]] redis::command compose(const script_form& form);

    [[nodiscard]] std::vector<settlement>& items() noexcept { return items_; }
    /// Whether commands go beside the script: records are pushed, or what claims want is looked at.
    [[nodiscard]] bool has_beside() const;
    /// What those commands answered: which histories are there, and how long they are.
    void note_lengths(const redis::reply& reply) const;
    /// The outcome is unknown: records that an earlier try surely pushed are not pushed again.
    void forget_pushed();
    /// Elements of the reply before those of the claims: one for each item, of completions one for all plain
    /// groups of a partition and one for each other group.
    [[nodiscard]] std::size_t answers() const;
    /// Shows each item with its answer.
    template <typename Visit>
    void visit_answers(const redis::reply_view& reply, Visit visit) {
        if (kind_ != settlement_kind::complete) {
            for (std::size_t index = 0; index < items_.size(); ++index)
                visit(items_[index], reply[index].text());
            return;
        }
        std::size_t at = 0;
        const auto visit_group = [&](const group& group, const redis::reply_view& answer) {
            const std::string_view whole = answer.text();
            for (std::size_t index = 0; index < group.items.size(); ++index)
                visit(items_[group.items[index]], whole.empty() ? answer[index].text() : whole);
        };
        visit_partitions([&](groups plain, groups others) {
            if (!plain.empty()) {
                const redis::reply_view answer = reply[at++];
                for (std::size_t index = 0; index < plain.size(); ++index)
                    visit_group(plain[index], answer.text().empty() ? answer[index] : answer);
            }
            for (const group& group : others)
                visit_group(group, reply[at++]);
        });
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
        bool shares_queue = false;       ///< with another attempt's group
        std::string history{};           ///< the key into which they are pushed beside it
    };

    using groups = std::span<const group>;

    /// Shows the groups of one partition after the other: those that mostly end without more, and those whose
    /// records the script pushes.
    template <typename Visit>
    void visit_partitions(Visit visit) const {
        for (auto at = groups_.begin(); at != groups_.end();) {
            const auto is_its_own = [&](const group& group) { return group.partition == at->partition; };
            const auto end = std::find_if_not(at, groups_.end(), is_its_own);
            const auto others = std::find_if_not(at, end, is_plain);
            visit(groups(at, others), groups(others, end));
            at = end;
        }
    }

    static bool is_plain(const group& group);
    void join_group(std::uint32_t partition, std::size_t index);
    [[nodiscard]] bool may_push(const group& group) const;
    static bool is_pushed(const group& group);
    [[nodiscard]] bool pushes_beside() const;
    void compose_groups(redis::command& command, bool again) const;
    void compose_plain(redis::command& command, groups plain, bool again) const;
    void compose_group(redis::command& command, const group& group) const;
    [[nodiscard]] std::string text_of(groups plain, bool again) const;
    [[nodiscard]] std::string states_of(groups plain) const;
    void sort_groups();
    void lay_down_records(redis::command& command) const;
    void add_item(redis::command& command, const settlement& item) const;
    void add_claims(redis::command& command, bool again) const;

    settlement_kind kind_;
    store_context& context_;
    call_partitions partitions_;
    std::vector<settlement> items_;
    std::vector<group> groups_;  ///< of completions, by their partitions
    std::vector<wanted_claim> claims_;
    std::size_t bytes_ = 0;
    bool was_tried_ = false;  ///< Redis executed what goes beside the script, and not that
};

}  // namespace postrider::queue
