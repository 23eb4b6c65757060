#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

/// Takes standard error over while it lives, in a pipe that keeps each write apart.
class captured_stderr {
 public:
    captured_stderr();
    ~captured_stderr();
    captured_stderr(const captured_stderr&) = delete;
    captured_stderr& operator=(const captured_stderr&) = delete;

    /// Waits until it was written; the test's own time limit ends a wait in vain.
    void wait_for(std::string_view text);
    /// Gives standard error back; then all that was written.
    [[nodiscard]] std::string finish();
    /// How many calls of write there were; after `finish`.
    [[nodiscard]] std::size_t writes() const { return writes_; }

 private:
    void read();

    int saved_ = -1;
    int read_end_ = -1;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;
    std::size_t writes_ = 0;
    std::thread reader_;
};
