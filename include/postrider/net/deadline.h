#pragma once

#include <postrider/base/clock.h>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace postrider::net {

/// One absolute deadline over any number of operations: when it passes, `cut` is called once (it closes
/// the socket, which ends whatever is pending) and `fired` stays true. No timer per read, which a dripping
/// peer would feed for ever. Destroying or disarming it makes sure that `cut` is not called any more.
/// One executor; not thread-safe.
class deadline {
 public:
    explicit deadline(const boost::asio::any_io_executor& executor);
    ~deadline();
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    /// Forgets an earlier deadline and `fired`, and arms anew.
    void arm(milliseconds from_now, std::function<void()> cut);
    void disarm();
    [[nodiscard]] bool fired() const noexcept;

 private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace postrider::net
