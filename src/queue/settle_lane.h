#pragma once

#include "claim_forecasts.h"
#include "claim_reader.h"
#include "due_watch.h"
#include "settle_batch.h"
#include "waiting_health.h"

#include <postrider/runtime/signal.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <deque>
#include <memory>
#include <random>

namespace postrider::queue {

/// Gathers settlements and claims into rounds of calls: what waits of each kind is one call, and claims go
/// with the completions. A completion that nobody waits for may wait some milliseconds for others. Each
/// settlement is kept until Redis has answered it.
class settle_lane : public std::enable_shared_from_this<settle_lane> {
 public:
    settle_lane(std::shared_ptr<store_context> context, std::shared_ptr<due_watch> due);

    void add(settlement item);
    void want_claims();
    /// On a Cluster: one claim that the dispatcher gave for this connection.
    void want(dispatch_port::claim claim);
    void schedule_flush();
    /// Drops what waits for this partition.
    void forget(std::uint32_t partition);
    /// Ends the claims that could not be asked for; called about once a second, so that nobody asks for them
    /// again and again.
    void end_refused_claims();
    [[nodiscard]] boost::asio::awaitable<bool> drain(milliseconds longest);

    /// Ends its timers; the store is gone.
    void stop() {
        round_timer_.cancel();
        pause_timer_.cancel();
    }

 private:
    struct round {
        int calls = 0;
    };
    using batch_ptr = std::shared_ptr<settle_batch>;
    using round_ptr = std::shared_ptr<round>;
    /// What an answer leaves to be done once all of it was read.
    struct aftermath {
        std::vector<std::uint32_t> fenced;
        std::vector<settlement> repeated;
        std::vector<settlement> without_history;  ///< come again, for the script to begin one
    };

    [[nodiscard]] bool has_work() const;
    /// Whether what waits should go now: somebody waits for it, it is much, or the last round was long ago.
    [[nodiscard]] bool is_worth_a_round() const;
    /// Whether nothing waits but completions.
    [[nodiscard]] bool gathers() const;
    /// Until what waits has gathered for long enough.
    [[nodiscard]] monotonic_time::duration left_to_gather() const;
    void gather_on();
    [[nodiscard]] bool is_quiet() const;
    [[nodiscard]] bool waits() const;
    [[nodiscard]] std::deque<settlement>& waiting(settlement_kind kind);
    void flush();
    void start_round();
    [[nodiscard]] batch_ptr gather(settlement_kind kind);
    [[nodiscard]] batch_ptr gather_health();
    void gather_claims(settle_batch& batch);
    [[nodiscard]] std::vector<dispatch_port::claim> take_claims(std::size_t most);
    void send(const batch_ptr& batch, const round_ptr& round);
    void finish(const batch_ptr& batch, const round_ptr& round, const redis::call_result& result);
    void read_answer(settle_batch& batch, const redis::reply& reply);
    void read_settlement(settlement& item, std::string_view answer, aftermath& after);
    void read_claims(settle_batch& batch, const redis::reply& reply, aftermath& after);
    void put_in_flight(const wanted_claim& wanted, claim_outcome outcome, const redis::reply& reply);
    void bury_unreadable(const delivery& delivery);
    void end_claims_unasked(const settle_batch& batch);
    void repeat(std::vector<settlement> items);
    void pause();

    std::shared_ptr<store_context> context_;
    std::shared_ptr<due_watch> due_;
    std::array<std::deque<settlement>, settlement_kinds> waiting_;  ///< but health
    waiting_health health_;
    std::vector<dispatch_port::claim> given_claims_;  ///< to be asked for
    std::vector<dispatch_port::claim> refused_claims_;
    claim_forecasts forecasts_;
    std::minstd_rand lane_choice_;  ///< which lane of a queue begins; any even choice will do
    runtime::signal answered_;
    boost::asio::steady_timer round_timer_;
    boost::asio::steady_timer pause_timer_;
    monotonic_time last_round_{};       ///< when it was sent
    monotonic_time beside_again_at_{};  ///< from when on records may be pushed beside the script
    int rounds_ = 0;                    ///< unanswered
    bool gathering_ = false;
    bool is_urgent_ = false;
    bool wants_claims_ = false;
    bool paused_ = false;
    bool flush_posted_ = false;
};

}  // namespace postrider::queue
