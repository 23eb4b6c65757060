#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/random.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// What is known of the leases of one shard, and what follows from it. No I/O.
class lease_table {
 public:
    /// Tries to take a lease: compare with what was read, and set.
    struct bid {
        std::uint32_t partition;
        std::string token;  ///< that it must still have; empty: free
        std::string beat;   ///< that it must still have; empty: any
        std::string new_token;
    };

    lease_table(std::uint32_t all_partitions, std::vector<std::uint32_t> candidates, milliseconds lease,
                bool exclusive, random_source& random, const time_source& time);

    [[nodiscard]] std::string_view token(std::uint32_t partition) const noexcept;
    [[nodiscard]] std::string_view settle_token(std::uint32_t partition) const noexcept;
    [[nodiscard]] std::vector<std::uint32_t> owned() const;
    [[nodiscard]] std::vector<std::uint32_t> not_owned() const;
    [[nodiscard]] std::vector<std::uint32_t> unrecovered() const;  ///< owned, and no attempt may begin yet
    /// Which partitions are to be held, of the candidates; all of them until it is said. What is owned beside
    /// them begins no attempt and is to be given up; of the others none is taken.
    void set_share(const std::vector<std::uint32_t>& partitions);
    [[nodiscard]] std::vector<std::uint32_t> surplus() const;  ///< owned, not in the share
    [[nodiscard]] bool is_short() const;                       ///< something of the share is not owned
    [[nodiscard]] std::size_t owned_count() const noexcept { return owned_count_; }
    /// Of those the ones whose lease has not run out by this machine's clock: nobody else can have them.
    [[nodiscard]] std::size_t held_count() const noexcept;

    /// The owner's token and beat as just read (empty: free). True when it may be taken: it is in the
    /// share, and it is free, it stood still for a whole lease of our reads, or the holder is known to be
    /// dead; or it is a bid of ours whose answer was lost.
    [[nodiscard]] bool note_read(std::uint32_t partition, std::string_view token, std::string_view beat);
    /// The bid that follows from the last read; repeated until it was answered, it has the same new token.
    [[nodiscard]] bid make_bid(std::uint32_t partition);
    /// Exchanges the token of an owned lease, whatever its beat.
    [[nodiscard]] bid make_exchange(std::uint32_t partition);

    /// A bid or exchange that was sent at that time has won.
    void note_won(const bid& won, boot_clock::time_point sent_at);
    void note_refused(const bid& refused);
    void note_renewed(std::uint32_t partition, boot_clock::time_point sent_at);
    /// A connection was lost: nothing may begin before the partition is recovered.
    void note_unrecovered();
    void note_recovered(std::uint32_t partition);
    void note_lost(std::uint32_t partition);
    [[nodiscard]] bool is_owned(std::uint32_t partition) const noexcept;

 private:
    struct lease {
        std::string token;  ///< empty: not ours
        boot_clock::time_point deadline{};
        bool recovered = false;
        std::string proposed;  ///< of a bid without an answer
        // As a candidate reads it.
        std::string seen_token;
        std::string seen_beat;
        monotonic_time seen_since{};
    };
    const std::string& propose(lease& lease);

    std::vector<std::uint32_t> candidates_;
    std::vector<lease> leases_;  ///< by partition
    std::vector<bool> share_;    ///< by partition
    milliseconds length_;
    bool exclusive_;
    random_source& random_;
    const time_source& time_;
    std::size_t owned_count_ = 0;
};

}  // namespace postrider::queue
