#pragma once

#include "reply_reader.h"

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/redis/call_result.h>
#include <postrider/redis/command.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::redis {

/// Whoever waits for the end of one call. Destroyed without `finish` only when the executor goes away.
class pending_call {
 public:
    virtual ~pending_call() = default;
    virtual void finish(call_result result) = 0;
};
using pending_call_ptr = std::unique_ptr<pending_call>;

/// The calls of one connection, in order: which bytes to write, and which reply belongs to which call. No
/// I/O and no clock; one connection, one pipeline.
class pipeline {
 public:
    explicit pipeline(std::size_t max_reply_bytes) : reader_(max_reply_bytes) {}

    /// The bounds of what one connection takes on; past them a call is not sent.
    static constexpr std::size_t max_calls = 100'000;
    static constexpr std::size_t max_unwritten_bytes = 64 * 1024 * 1024;
    [[nodiscard]] bool has_room_for(const command& command) const noexcept;

    /// A transaction is one call: it is completed by the reply to its EXEC.
    void enqueue(const command& command, pending_call_ptr call);

    [[nodiscard]] bool has_output() const noexcept { return !unwritten_.empty(); }
    [[nodiscard]] std::size_t output_bytes() const noexcept { return unwritten_.size(); }
    /// Replaces `bytes` by what is to be written next. From here on these calls count as written: nobody can
    /// know how much of a failed write arrived.
    void take_output(std::string& bytes, monotonic_time now);

    /// Messages of subscribed channels go there: they come between the replies and belong to no call. Without
    /// it they are a fault like every reply that nothing asked for.
    void on_message(std::function<void(std::string_view payload)> callback) {
        on_message_ = std::move(callback);
    }

    struct completed_call {
        pending_call_ptr call;
        reply answer;
    };
    /// Appends the calls that these bytes complete, also those before a fault. A fault is final.
    [[nodiscard]] expected<void, std::string> feed(std::string_view bytes, monotonic_time now,
                                                   std::vector<completed_call>& completed);

    struct failed_call {
        pending_call_ptr call;
        call_error reason;
    };
    /// Gives up all calls, in order: written ones with unknown outcome, the others not sent.
    [[nodiscard]] std::vector<failed_call> fail_all();

    [[nodiscard]] std::size_t calls_owed() const noexcept { return written_; }
    /// How long replies have been owed without a byte arriving; zero when none is owed.
    [[nodiscard]] milliseconds silent_for(monotonic_time now) const noexcept;

 private:
    struct owed_call {
        pending_call_ptr call;
        bool is_transaction = false;
        bool is_begun = false;  ///< MULTI was answered
        std::size_t replies_before =
            0;          ///< that come before the last one: to MULTI, and to each command that it queued
        reply refusal;  ///< the first error among those; nil: none
    };
    /// Takes a reply that comes before the one to EXEC. Gives a fault where it refuses MULTI itself: what was
    /// to be one step may have been executed by halves.
    static expected<void, std::string> take_before_the_end(owed_call& owed, reply answer);

    reply_reader reader_;
    std::string unwritten_;
    std::deque<owed_call> calls_;
    std::size_t written_ = 0;  // of calls_, from the front
    monotonic_time last_progress_{};
    std::vector<reply> replies_;  // kept for its memory
    std::function<void(std::string_view)> on_message_;
};

}  // namespace postrider::redis
