#include "buffered_sink.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace postrider::log {

namespace {

constexpr std::size_t most_buffered_bytes = 32 * 1024;
constexpr int longest_wait_milliseconds = 100;

/// Whether a standard error that is full and does not block took something up again in time.
bool became_writable() noexcept {
    pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
    return ::poll(&standard_error, 1, longest_wait_milliseconds) == 1 &&
           (standard_error.revents & POLLOUT) != 0;
}

void write_out(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN && became_writable()) continue;
        return;
    }
}

}  // namespace

buffered_sink::buffered_sink() : flusher_([this] { flush(); }) {
    buffer_.reserve(most_buffered_bytes + 4096);
}

void buffered_sink::start_buffering() {
    const std::lock_guard lock(mutex_);
    if (buffering_) return;
    flusher_.start();
    buffering_ = true;
}

void buffered_sink::before_fork() {
    mutex_.lock();
    flush_();
}

void buffered_sink::after_fork_in_parent() {
    mutex_.unlock();
}

void buffered_sink::after_fork_in_child() {
    buffering_ = false;
    mutex_.unlock();
}

void buffered_sink::sink_it_(const spdlog::details::log_msg& message) {
    const bool was_empty = buffer_.empty();
    buffer_.append(message.payload.data(), message.payload.size());
    if (!buffering_ || message.level >= spdlog::level::warn || buffer_.size() >= most_buffered_bytes) {
        flush_();
    } else if (was_empty) {
        flusher_.ask();
    }
}

void buffered_sink::flush_() {
    write_out(buffer_);
    buffer_.clear();
}

}  // namespace postrider::log
