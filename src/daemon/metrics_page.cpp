#include "metrics_page.h"

#include <pthread.h>

#include <utility>

namespace postrider::daemon {

metrics_page::metrics_page(const metrics::registry& metrics) : metrics_(metrics), thread_([this] { run(); }) {
    pthread_setname_np(thread_.native_handle(), "metrics");
}

metrics_page::~metrics_page() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void metrics_page::ask(answer answered) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(answered));
    }
    wake_.notify_one();
}

/// Nothing: it is to end.
std::vector<metrics_page::answer> metrics_page::wait_for_work() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    return stopping_ ? std::vector<answer>() : std::exchange(waiting_, {});
}

void metrics_page::run() {
    for (auto asked = wait_for_work(); !asked.empty(); asked = wait_for_work()) {
        std::string text = metrics_.render();
        for (std::size_t n = 0; n + 1 < asked.size(); ++n)
            asked[n](text);
        asked.back()(std::move(text));
    }
}

}  // namespace postrider::daemon
