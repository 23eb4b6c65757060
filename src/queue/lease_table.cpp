#include "lease_table.h"

#include <algorithm>
#include <utility>

namespace postrider::queue {

namespace {
/// Attempts may begin within this share of the lease, counted from the sending of the last renewal that was
/// confirmed: the rest is for those that are under way when somebody else may take over.
constexpr double usable_share = 0.6;
}  // namespace

lease_table::lease_table(std::uint32_t all_partitions, std::vector<std::uint32_t> candidates,
                         milliseconds lease, bool exclusive, random_source& random, const time_source& time)
    : candidates_(std::move(candidates)),
      leases_(all_partitions),
      share_(all_partitions, true),
      length_(lease),
      exclusive_(exclusive),
      random_(random),
      time_(time) {}

bool lease_table::is_owned(std::uint32_t partition) const noexcept {
    return partition < leases_.size() && !leases_[partition].token.empty();
}

std::string_view lease_table::settle_token(std::uint32_t partition) const noexcept {
    return partition < leases_.size() ? std::string_view(leases_[partition].token) : std::string_view();
}

std::string_view lease_table::token(std::uint32_t partition) const noexcept {
    if (!is_owned(partition)) return {};
    const lease& lease = leases_[partition];
    if (!share_[partition] || !lease.recovered || time_.boot_now() >= lease.deadline) return {};
    return lease.token;
}

std::vector<std::uint32_t> lease_table::owned() const {
    std::vector<std::uint32_t> found;
    for (const std::uint32_t partition : candidates_)
        if (is_owned(partition)) found.push_back(partition);
    return found;
}

std::size_t lease_table::held_count() const noexcept {
    const auto now = time_.boot_now();
    return static_cast<std::size_t>(std::ranges::count_if(candidates_, [&](std::uint32_t partition) {
        return is_owned(partition) && now < leases_[partition].deadline;
    }));
}

void lease_table::set_share(const std::vector<std::uint32_t>& partitions) {
    share_.assign(leases_.size(), false);
    for (const std::uint32_t partition : partitions)
        share_.at(partition) = true;
}

std::vector<std::uint32_t> lease_table::surplus() const {
    std::vector<std::uint32_t> found;
    for (const std::uint32_t partition : candidates_)
        if (is_owned(partition) && !share_[partition]) found.push_back(partition);
    return found;
}

bool lease_table::is_short() const {
    return std::ranges::any_of(
        candidates_, [this](std::uint32_t partition) { return share_[partition] && !is_owned(partition); });
}

std::vector<std::uint32_t> lease_table::not_owned() const {
    std::vector<std::uint32_t> found;
    for (const std::uint32_t partition : candidates_)
        if (!is_owned(partition)) found.push_back(partition);
    return found;
}

std::vector<std::uint32_t> lease_table::unrecovered() const {
    std::vector<std::uint32_t> found;
    for (const std::uint32_t partition : candidates_)
        if (is_owned(partition) && !leases_[partition].recovered) found.push_back(partition);
    return found;
}

bool lease_table::note_read(std::uint32_t partition, std::string_view token, std::string_view beat) {
    lease& lease = leases_[partition];
    const monotonic_time now = time_.monotonic_now();
    const bool moved =
        lease.seen_since == monotonic_time{} || lease.seen_token != token || lease.seen_beat != beat;
    if (moved) {
        lease.seen_token = token;
        lease.seen_beat = beat;
        lease.seen_since = now;
    }
    if (!lease.proposed.empty() && token == lease.proposed) return true;
    if (!share_[partition]) return false;
    if (token.empty() || exclusive_) return true;
    return now - lease.seen_since >= length_;
}

const std::string& lease_table::propose(lease& lease) {
    if (lease.proposed.empty()) lease.proposed = random_id(random_);
    return lease.proposed;
}

lease_table::bid lease_table::make_bid(std::uint32_t partition) {
    lease& lease = leases_[partition];
    bid bid;
    bid.partition = partition;
    bid.token = lease.seen_token;
    bid.beat = lease.seen_beat;
    bid.new_token = propose(lease);
    return bid;
}

lease_table::bid lease_table::make_exchange(std::uint32_t partition) {
    lease& lease = leases_[partition];
    bid bid;
    bid.partition = partition;
    bid.token = lease.token;
    bid.new_token = propose(lease);
    return bid;
}

void lease_table::note_won(const bid& won, boot_clock::time_point sent_at) {
    lease& lease = leases_[won.partition];
    if (lease.token.empty()) ++owned_count_;
    lease.token = won.new_token;
    lease.proposed.clear();
    lease.recovered = false;
    note_renewed(won.partition, sent_at);
}

void lease_table::note_refused(const bid& refused) {
    lease& lease = leases_[refused.partition];
    lease.proposed.clear();
    lease.seen_since = {};
}

void lease_table::note_renewed(std::uint32_t partition, boot_clock::time_point sent_at) {
    const auto usable = std::chrono::duration<double, std::milli>(length_) * usable_share;
    leases_[partition].deadline = sent_at + std::chrono::duration_cast<boot_clock::duration>(usable);
}

void lease_table::note_unrecovered() {
    for (const std::uint32_t partition : candidates_)
        leases_[partition].recovered = false;
}

void lease_table::note_recovered(std::uint32_t partition) {
    leases_[partition].recovered = true;
}

void lease_table::note_lost(std::uint32_t partition) {
    if (!is_owned(partition)) return;
    leases_[partition] = lease();
    --owned_count_;
}

}  // namespace postrider::queue
