#pragma once

#include "connection_pool.h"
#include "dial.h"
#include "endpoint_runtime.h"
#include "flight.h"
#include "tls_contexts.h"

#include <postrider/base/text_map.h>
#include <postrider/delivery/sender.h>
#include <postrider/runtime/gathered.h>

#include <memory>
#include <string>

namespace postrider::delivery {

/// What a sender is made of: connections, what its endpoints need at run time, the rules, and the attempts
/// under way, each of which holds it.
struct sender::impl {
    using runtime_ptr = std::shared_ptr<endpoint_runtime>;
    /// What came for an attempt, and is not looked at yet.
    struct answer {
        std::shared_ptr<run> whose;
        boost::system::error_code error;
        std::size_t size;
    };

    impl(const boost::asio::any_io_executor& executor, net::resolver& resolver, const time_source& clock,
         settings given, egress_rules first_rules);

    /// The endpoint's, made when it is new or another object than before. The error: its authentication.
    [[nodiscard]] expected<runtime_ptr, std::string> runtime_of(const endpoint_ptr& endpoint);
    /// A connection that is idle, young, allowed and looks alive; empty: there is none.
    [[nodiscard]] connection_pool::lease take_kept(endpoint_runtime& runtime, monotonic_time now);
    /// A fresh one. Empty: `result` says why. The arguments outlive the call.
    [[nodiscard]] boost::asio::awaitable<connection_pool::lease> connect(endpoint_runtime& runtime,
                                                                         flight& flight,
                                                                         attempt_result& result);
    void sweep();
    void set_rules(egress_rules next);
    void make_room();
    void cut();

    settings config;
    egress_rules rules;
    std::shared_ptr<const forward_proxy> proxy;  ///< of the rules; another object where it is another proxy
    std::uint64_t generation = 1;
    const time_source& time;
    tls_contexts tls;
    text_map<runtime_ptr> runtimes;  ///< by the id of the endpoint
    connection_pool pool;
    dial_tools tools;
    flight_list flights;
    runtime::gathered<std::shared_ptr<run>> asked;  ///< whose requests went out in this turn
    runtime::gathered<answer> answers;              ///< that came in this turn
    request_buffer
        request;  ///< the one that is being made; in the cache of the processor for all connections

 private:
    [[nodiscard]] bool is_allowed(endpoint_runtime& runtime, connection& kept);
    void update_rules(endpoint_runtime& runtime) const;
    void retire(endpoint_runtime& old);
};

}  // namespace postrider::delivery
