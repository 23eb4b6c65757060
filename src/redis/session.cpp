#include "session.h"

#include <postrider/runtime/shard.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace postrider::redis {

namespace asio = boost::asio;

session::session(asio::any_io_executor executor, std::unique_ptr<net::transport> stream,
                 std::size_t max_reply_bytes, const time_source& time)
    : executor_(std::move(executor)),
      stream_(std::move(stream)),
      time_(time),
      calls_(max_reply_bytes),
      output_(executor_),
      ended_(executor_) {}

namespace {

/// Keeps a reply for `exchange`, which looks at them when all are there.
class kept_reply final : public pending_call {
 public:
    explicit kept_reply(std::vector<reply>& replies) : replies_(replies) {}
    void finish(call_result result) override {
        if (result) replies_.push_back(std::move(*result));
    }

 private:
    std::vector<reply>& replies_;
};

/// The error replies of a server that is not the master of what it was asked, or knows no master for it. Not
/// among them: ASK and TRYAGAIN, under which the slot is half here and half there, and that pass by.
bool is_moved(const reply& answer) {
    if (!answer.is_error()) return false;
    const std::string_view text = reason_of(answer.text());
    constexpr std::array words{"MOVED ", "READONLY ", "MASTERDOWN ", "CLUSTERDOWN "};
    return std::ranges::any_of(words, [&](std::string_view word) { return text.starts_with(word); });
}

/// So much goes out before the end of a turn: the server works on it meanwhile.
constexpr std::size_t worth_a_write = 8 * 1024;

void finish_all(std::vector<pipeline::completed_call>& completed) {
    for (auto& [call, answer] : completed)
        call->finish(std::move(answer));
    completed.clear();
}

}  // namespace

asio::awaitable<session::answers> session::exchange(std::vector<command> commands) {
    answers out;
    for (const command& each : commands)
        calls_.enqueue(each, std::make_unique<kept_reply>(out.replies));
    std::string bytes;
    calls_.take_output(bytes, time_.monotonic_now());
    // A failed write does not end it: a server that turns a client away says why before it closes.
    if (const auto failure = co_await stream_->write_all(bytes)) out.failure = failure.message();
    std::vector<pipeline::completed_call> completed;
    while (calls_.calls_owed() > 0) {
        const auto got = co_await stream_->read_some(incoming_);
        if (!got) {
            if (out.failure.empty()) out.failure = got.error().message();
            break;
        }
        auto fed = calls_.feed(std::string_view(incoming_.data(), *got), time_.monotonic_now(), completed);
        finish_all(completed);
        if (!fed) {
            out.failure = fed.error();
            break;
        }
    }
    co_return out;
}

asio::awaitable<std::string> session::run(milliseconds reply_timeout) {
    const auto held = shared_from_this();
    begin("redis write", write_all());
    begin("redis watch", watch(reply_timeout));
    end_with(co_await read_all());
    while (running_ > 0)
        co_await ended_.wait();
    co_return end_reason_;
}

void session::begin(std::string_view name, asio::awaitable<void> work) {
    ++running_;
    runtime::spawn(executor_, name, std::move(work), [held = shared_from_this()] {
        --held->running_;
        held->ended_.notify_all();
    });
}

asio::awaitable<std::string> session::read_all() {
    std::vector<pipeline::completed_call> completed;
    while (open_) {
        const auto got = co_await stream_->read_some(incoming_);
        if (!got) co_return got.error().message();
        auto fed = calls_.feed(std::string_view(incoming_.data(), *got), time_.monotonic_now(), completed);
        look_for_moved(completed);
        finish_all(completed);
        if (!fed) co_return fed.error();
        if (is_leaving() && calls_.calls_owed() == 0) co_return moved_;
    }
    co_return "closed";
}

void session::look_for_moved(const std::vector<pipeline::completed_call>& completed) {
    for (const auto& each : completed)
        if (moved_.empty() && is_moved(each.answer)) moved_ = each.answer.text();
}

asio::awaitable<void> session::write_all() {
    std::string bytes;
    while (open_) {
        if (unsent_.empty() && (!calls_.has_output() || is_leaving())) {
            writer_waits_ = true;
            co_await output_.wait();
            continue;
        }
        if (unsent_.empty()) calls_.take_output(unsent_, time_.monotonic_now());
        bytes.clear();
        bytes.swap(unsent_);
        if (const auto failure = co_await stream_->write_all(bytes)) end_with(failure.message());
    }
}

asio::awaitable<void> session::watch(milliseconds reply_timeout) {
    // Woken a few times within the timeout instead of with every call: that costs nothing, and what began
    // to be owed meanwhile is still caught to the millisecond.
    const milliseconds idle_pause = std::max(reply_timeout / 4, milliseconds(1));
    while (open_) {
        const milliseconds silence = silent_for();
        if (silence >= reply_timeout) {
            end_with("no reply for " + std::to_string(reply_timeout.count()) + " ms");
            co_return;
        }
        const milliseconds left = reply_timeout - silence + milliseconds(1);
        co_await ended_.wait_for(calls_.calls_owed() == 0 ? idle_pause : left);
    }
}

bool session::enqueue(const command& command, pending_call_ptr& call) {
    if (is_leaving() || !calls_.has_room_for(command)) return false;
    calls_.enqueue(command, std::move(call));
    if (writer_waits_ && calls_.output_bytes() >= worth_a_write) write_at_once();
    // The writer resumes behind whatever else is ready on the executor: all of their calls go in one write.
    if (calls_.has_output() && std::exchange(writer_waits_, false)) output_.notify_all();
    return true;
}

/// What the socket does not take is the writer's.
void session::write_at_once() {
    calls_.take_output(unsent_, time_.monotonic_now());
    unsent_.erase(0, stream_->write_at_once(unsent_));
    if (!unsent_.empty() && std::exchange(writer_waits_, false)) output_.notify_all();
}

void session::leave(std::string reason) {
    if (!open_) return;
    ends_when_moved_ = true;
    if (moved_.empty()) moved_ = std::move(reason);
    if (calls_.calls_owed() == 0) end_with(moved_);
}

void session::close() noexcept {
    end_with("closed");
}

void session::end_with(std::string reason) noexcept {
    if (!open_) return;
    open_ = false;
    end_reason_ = std::move(reason);
    stream_->close();
    output_.notify_all();
    ended_.notify_all();
}

void session::fail_all() {
    for (auto& [call, reason] : calls_.fail_all())
        call->finish(unexpected<call_error>(reason));
}

}  // namespace postrider::redis
