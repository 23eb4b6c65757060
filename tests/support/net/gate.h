#pragma once

#include <condition_variable>
#include <mutex>

namespace postrider::test {

/// Holds threads back until a test opens it. Thread-safe.
class gate {
 public:
    void open();
    void wait();

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

}  // namespace postrider::test
