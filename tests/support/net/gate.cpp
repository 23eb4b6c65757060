#include "gate.h"

namespace postrider::test {

void gate::open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
}

void gate::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
}

}  // namespace postrider::test
