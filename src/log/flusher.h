#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

namespace postrider::log {

/// Calls `flush` on a thread of its own, 200 ms after each time that it was asked to; otherwise it sleeps.
/// Never ends: it belongs to an object that lives as long as the process, so that a line may be written
/// even while the process exits.
class flusher {
 public:
    explicit flusher(std::function<void()> flush);

    void start();
    /// Cheap, and never waits for a flush under way.
    void ask();

 private:
    void run();

    std::function<void()> flush_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool asked_ = false;
};

}  // namespace postrider::log
