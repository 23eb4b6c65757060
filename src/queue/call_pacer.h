#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace postrider::queue {

/// What gathers items of a kind for calls to Redis.
class lane {
 public:
    virtual ~lane() = default;
    /// Items that wait and may go now.
    [[nodiscard]] virtual std::size_t sendable() const = 0;
    /// Whether those should not wait for company.
    [[nodiscard]] virtual bool is_urgent() const = 0;
    /// Sends what waits, as much of it as a call takes.
    virtual void send() = 0;
};

/// Decides when the lanes of one connection send. They do so together: what arrives at Redis together is one turn
/// of its loop, and under `fsync` one fdatasync. With little to do for Redis whatever waits goes in the next turn
/// of the executor; else it gathers company, for what it would have waited for in Redis as well.
///
/// On the executor; its lanes live as long as it does, and no call of it makes a caller's function run.
class call_pacer : public std::enable_shared_from_this<call_pacer> {
 public:
    explicit call_pacer(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// In the order in which they are to send.
    void add(lane& lane) { lanes_.push_back(&lane); }
    /// The lanes are gone.
    void stop() { lanes_.clear(); }

    /// Something waits.
    void schedule();
    /// Now, where it is worth a call: so much waits, or an answer has just come in that is yet to be read.
    void flush();

    void on_sent(std::size_t items) noexcept;
    void on_answered(std::size_t items) noexcept;

 private:
    [[nodiscard]] std::size_t sendable() const;
    [[nodiscard]] bool is_worth_a_call() const;

    boost::asio::any_io_executor executor_;
    std::vector<lane*> lanes_;
    std::size_t unanswered_ = 0;  ///< items
    std::size_t calls_ = 0;       ///< unanswered
    bool posted_ = false;
};

}  // namespace postrider::queue
