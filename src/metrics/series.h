#pragma once

#include <prometheus/client_metric.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

/// The values behind the series, written by the hot path: atomics alone, never a lock. (The library's own
/// histogram takes one at each observation.)
namespace postrider::metrics {

/// What every series has: whether it is shown. A holder that finds its series ended looks it up anew.
class series {
 public:
    void end() noexcept { ended_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_relaxed); }

 private:
    std::atomic<bool> ended_{false};
};

class counter : public series {
 public:
    void increment() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
    void collect(prometheus::ClientMetric& out) const {
        out.counter.value = static_cast<double>(count_.load(std::memory_order_relaxed));
    }

 private:
    std::atomic<std::uint64_t> count_{0};
};

class gauge : public series {
 public:
    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void change(double by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
    [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }
    void collect(prometheus::ClientMetric& out) const { out.gauge.value = value(); }

 private:
    std::atomic<double> value_{0};
};

class histogram : public series {
 public:
    static constexpr std::size_t most_bounds = 17;
    /// The upper bounds of the buckets, ascending, at most `most_bounds`, without the one to infinity; they
    /// outlive it.
    explicit histogram(std::span<const double> bounds);

    void observe(double value) noexcept;
    /// The count is the sum of the buckets, so that what is shown agrees with itself also while others write.
    void collect(prometheus::ClientMetric& out) const;

 private:
    std::span<const double> bounds_;
    std::atomic<double> sum_{0};
    /// One more than bounds. Beside the sum: what is observed for one of thousands of endpoints is mostly in
    /// the first buckets, and then one line of memory is written.
    std::array<std::atomic<std::uint64_t>, most_bounds + 1> counts_{};
};

}  // namespace postrider::metrics
