#pragma once

#include <postrider/metrics/registry.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace postrider::daemon {

/// Writes `/metrics` on a thread of its own: with ten thousand endpoints it takes a tenth of a second, which
/// no shard may stand still for. Whoever asks while one page is being written gets the next one, with all
/// others that wait, so that any number of scrapes costs one thread and each sees what happened before it.
class metrics_page {
 public:
    using answer = std::function<void(std::string)>;

    explicit metrics_page(const metrics::registry& metrics);
    ~metrics_page();  ///< those who wait get no answer
    metrics_page(const metrics_page&) = delete;
    metrics_page& operator=(const metrics_page&) = delete;

    /// Thread-safe. `answered` runs on the page's thread.
    void ask(answer answered);

 private:
    void run();
    [[nodiscard]] std::vector<answer> wait_for_work();

    const metrics::registry& metrics_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<answer> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace postrider::daemon
