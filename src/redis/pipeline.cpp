#include "pipeline.h"

#include "fault_points.h"

#include <utility>

namespace postrider::redis {

namespace {

/// RESP2 tells a message from a reply by its shape only; no command of a subscribed connection answers like
/// this.
bool is_message(const reply& answer) {
    return answer.size() == 3 && answer[0].text() == "message";
}

}  // namespace

bool pipeline::has_room_for(const command& command) const noexcept {
    return calls_.size() < max_calls && command.bytes() < max_unwritten_bytes &&
           unwritten_.size() < max_unwritten_bytes - command.bytes();
}

void pipeline::enqueue(const command& command, pending_call_ptr call) {
    command.append_to(unwritten_);
    owed_call& owed = calls_.emplace_back();
    owed.call = std::move(call);
    owed.is_transaction = command.commands_first() > 0;
    if (owed.is_transaction) owed.replies_before = 1 + command.commands_first() + 1;
}

expected<void, std::string> pipeline::take_before_the_end(owed_call& owed, reply answer) {
    --owed.replies_before;
    if (answer.is_error() && !owed.is_begun)
        return unexpected<std::string>("MULTI was refused: " + std::string(answer.text()));
    owed.is_begun = true;
    if (answer.is_error() && owed.refusal.is_nil()) owed.refusal = std::move(answer);
    return {};
}

void pipeline::take_output(std::string& bytes, monotonic_time now) {
    if (written_ == 0) last_progress_ = now;
    for (std::size_t fresh = written_; fresh < calls_.size(); ++fresh)
        fault_points::before_call();
    written_ = calls_.size();
    bytes.clear();
    bytes.swap(unwritten_);
}

expected<void, std::string> pipeline::feed(std::string_view bytes, monotonic_time now,
                                           std::vector<completed_call>& completed) {
    last_progress_ = now;
    replies_.clear();
    auto fed = reader_.feed(bytes, replies_);
    for (reply& answer : replies_) {
        if (on_message_ && is_message(answer)) {
            on_message_(answer[2].text());
            continue;
        }
        if (written_ == 0) return unexpected<std::string>("a reply that nothing asked for");
        owed_call& owed = calls_.front();
        if (owed.replies_before > 0) {
            if (auto taken = take_before_the_end(owed, std::move(answer)); !taken) return taken;
            continue;
        }
        fault_points::after_reply();
        // Of a transaction that was refused as it was queued EXEC says that and no more; of one that was
        // executed it has the replies to all of it.
        if (!owed.refusal.is_nil())
            answer = std::move(owed.refusal);
        else if (owed.is_transaction && !answer.is_error())
            answer = std::move(answer).last();
        completed.push_back({std::move(owed.call), std::move(answer)});
        calls_.pop_front();
        --written_;
    }
    return fed;
}

std::vector<pipeline::failed_call> pipeline::fail_all() {
    std::vector<failed_call> failed;
    failed.reserve(calls_.size());
    for (owed_call& owed : calls_) {
        const bool sent = failed.size() < written_;
        failed.push_back({std::move(owed.call), sent ? call_error::unknown_outcome : call_error::not_sent});
    }
    calls_.clear();
    unwritten_.clear();
    written_ = 0;
    return failed;
}

milliseconds pipeline::silent_for(monotonic_time now) const noexcept {
    if (written_ == 0 || now < last_progress_) return milliseconds::zero();
    return std::chrono::duration_cast<milliseconds>(now - last_progress_);
}

}  // namespace postrider::redis
