#pragma once

#include <postrider/event/address.h>
#include <postrider/net/resolver.h>

#include <ares.h>
#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postrider::net {

/// c-ares' channel on the executor: its sockets are waited for there and its timeouts are a timer there.
/// Not thread-safe. Destroying it calls every pending `done` with ARES_EDESTRUCTION.
class dns_channel {
 public:
    struct answer {
        int status = ARES_SUCCESS;  ///< of c-ares
        std::vector<ip_address> addresses;
        std::chrono::seconds ttl{0};  ///< the least of them; 0 for names of the hosts file
    };
    using on_answer = std::function<void(answer)>;

    dns_channel(const boost::asio::any_io_executor& executor, const resolver_settings& settings);
    ~dns_channel();
    dns_channel(const dns_channel&) = delete;
    dns_channel& operator=(const dns_channel&) = delete;

    /// Asks for the addresses of one family. `done` may be called before this returns.
    void ask(const std::string& name, int family, on_answer done);

 private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace postrider::net
