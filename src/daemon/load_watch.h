#pragma once

#include <postrider/event/endpoint.h>
#include <postrider/queue/inspection.h>
#include <postrider/redis/client.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postrider::daemon {

/// How much lies in the store, as far as limits go by it.
struct store_load {
    std::uint64_t live = 0;                        ///< deliveries that have not ended
    std::uint64_t remembered = 0;                  ///< ids of events that were ever remembered
    std::map<std::string, std::uint64_t> waiting;  ///< of the tenants that have a limit
};

/// Sums once a second what the store's counters say, and how much waits for the tenants that have a limit: of
/// those, up to 1,024 queues are read each time. Lives on the client's executor.
class load_watch : public std::enable_shared_from_this<load_watch> {
 public:
    /// The queues of the tenants that have a limit.
    using limited_queues = std::function<std::vector<std::string>()>;
    load_watch(redis::client& client, queue::inspection& inspection, limited_queues queues,
               std::function<void(store_load)> report);

    /// Until the client is stopped.
    void start(const boost::asio::any_io_executor& executor);

 private:
    boost::asio::awaitable<void> run(std::shared_ptr<load_watch> self);
    boost::asio::awaitable<void> read_tenants(std::map<std::string, std::uint64_t>& sums);
    boost::asio::awaitable<bool> read_some(std::vector<std::string> names);

    redis::client& client_;
    queue::inspection& inspection_;
    limited_queues queues_;
    std::function<void(store_load)> report_;
    std::map<std::string, std::uint64_t> waiting_;  ///< by queue, as last read
    std::size_t next_ = 0;
};

}  // namespace postrider::daemon
