#pragma once

#include <postrider/base/random.h>
#include <postrider/delivery/sender.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/store.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace postrider::dispatch {

/// Sends made-up events when somebody asks whether an endpoint works. They take no slot, touch no queue,
/// circuit or rate, are never retried, and leave a line in the log and two records in the endpoint's history:
/// when they begin and when they end. Lives on the shard's executor.
class test_deliveries : public std::enable_shared_from_this<test_deliveries> {
 public:
    static constexpr std::size_t most_under_way = 16;

    /// What came of a challenge: why it was not answered, or nothing.
    using verified = std::function<void(std::string queue_name, std::string url_text, std::string error)>;

    test_deliveries(const boost::asio::any_io_executor& executor, delivery::sender& sender,
                    queue::store& store, metrics::registry& metrics, random_source& random,
                    const time_source& time, verified tell)
        : executor_(executor),
          sender_(sender),
          store_(store),
          metrics_(metrics),
          random_(random),
          time_(time),
          tell_(std::move(tell)) {}

    /// The store id of the delivery; nothing when too many are under way, or Redis is away: then nobody would
    /// learn what came of it. An event of the type of challenges has one, of 256 bits, and is delivered only
    /// where the answer repeats it; it is in no record and in no log.
    [[nodiscard]] std::optional<std::string> begin(const endpoint_ptr& endpoint, std::uint32_t partition,
                                                   const std::string& event_type);
    [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }

 private:
    boost::asio::awaitable<void> run(std::shared_ptr<test_deliveries> self, endpoint_ptr endpoint,
                                     std::uint32_t partition, event_ptr event, std::string challenge);
    void judge(const endpoint& endpoint, const std::string& challenge, attempt_result& result,
               outcome& ended) const;

    boost::asio::any_io_executor executor_;
    delivery::sender& sender_;
    queue::store& store_;
    metrics::registry& metrics_;
    random_source& random_;
    const time_source& time_;
    verified tell_;
    std::size_t under_way_ = 0;
};

}  // namespace postrider::dispatch
