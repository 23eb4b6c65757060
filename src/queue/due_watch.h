#pragma once

#include "store_context.h"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <vector>

namespace postrider::queue {

/// Moves retries when they come due, and finds queues with work. Knows of each partition when its next retry
/// is due, from the answers of the scripts.
class due_watch : public std::enable_shared_from_this<due_watch> {
 public:
    explicit due_watch(std::shared_ptr<store_context> context);

    /// A retry was stored that is due after `delay`.
    void note_retry(std::uint32_t partition, milliseconds delay);
    /// Looks at every owned partition, whatever is known of it.
    void look_at_all();

    /// Ends its timer; the store is gone.
    void stop() { timer_.cancel(); }

 private:
    void promote_due();
    void promote(const std::vector<std::uint32_t>& partitions);
    void finish(const call_partitions& named, const std::vector<std::uint32_t>& partitions,
                const redis::call_result& result);
    void read_answer(const call_partitions& named, const std::vector<std::uint32_t>& partitions,
                     const redis::reply& reply);
    void read_partition(std::uint32_t partition, const redis::reply& reply, std::size_t& position);
    void watch();
    void scan_ready(std::uint32_t partition, std::string_view cursor);
    void read_scan(std::uint32_t partition, const redis::call_result& result);

    std::shared_ptr<store_context> context_;
    boost::asio::steady_timer timer_;
    std::vector<monotonic_time> next_due_;  ///< by partition; max: none known
    monotonic_time armed_for_ = monotonic_time::max();
    std::size_t promotions_ = 0;  ///< calls under way
    std::size_t scans_ = 0;
};

}  // namespace postrider::queue
