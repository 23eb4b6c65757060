#pragma once

#include "flusher.h"

#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>

namespace postrider::log {

/// Gathers lines for standard error: one write for many of them, at 32 KiB, at a warning, and when a
/// `flusher` asks. A line that standard error does not take is dropped: the log must not stop deliveries.
class buffered_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
    buffered_sink();

    /// From now on lines may wait, for at most 200 ms. Before, each is written at once.
    void start_buffering();

    /// Around a fork: the buffer is written out and nobody is inside while the process is copied. The child
    /// has no thread that would flush, so it writes each line at once.
    void before_fork();
    void after_fork_in_parent();
    void after_fork_in_child();

 protected:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override;

 private:
    std::string buffer_;
    bool buffering_ = false;
    flusher flusher_;
};

}  // namespace postrider::log
