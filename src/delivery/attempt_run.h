#pragma once

#include "exchange.h"
#include "flight.h"
#include "sender_impl.h"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace postrider::delivery {

/// One attempt: an exchange on a kept connection, where there is one, else on a fresh one. Told of what
/// becomes of its reads and writes instead of waiting in coroutines, whose frames would cost more than all
/// that is done here; connecting, which is rare, is one. Who reads or writes for it keeps it alive.
class sender::run final : public net::io_end, public std::enable_shared_from_this<run> {
 public:
    struct order {
        endpoint_ptr endpoint;
        event_ptr event;
        std::uint32_t number = 1;
        std::uint64_t span_id = 0;
    };
    run(std::shared_ptr<impl> sender, order what, std::shared_ptr<attempt_end> whom)
        : sender_(std::move(sender)), order_(std::move(what)), whom_(std::move(whom)) {}

    void begin();
    [[nodiscard]] static boost::asio::awaitable<attempt_result> wait_for_end(std::shared_ptr<impl> sender,
                                                                             order what);

    void on_read(const boost::system::error_code& error, std::size_t size) override;
    void on_written(const boost::system::error_code& error) override;

 private:
    static boost::asio::awaitable<void> connect_and_go_on(std::shared_ptr<run> self);
    void connect();
    void exchange_over();
    void withdraw();
    void write();
    void read_soon();
    void read();
    void take_read(const boost::system::error_code& error, std::size_t size);
    void end_reading();
    void end_exchange();
    void take_response();
    void end(monotonic_time now);

    std::shared_ptr<impl> sender_;
    order order_;
    std::shared_ptr<attempt_end> whom_;
    std::shared_ptr<endpoint_runtime> runtime_;
    flight flight_;
    monotonic_time began_;
    connection_pool::lease with_;
    exchange exchange_;
    attempt_result result_;
};

}  // namespace postrider::delivery
