#pragma once

#include <postrider/event/attempt.h>
#include <postrider/event/endpoint.h>
#include <postrider/event/event.h>
#include <postrider/event/forward_proxy.h>
#include <postrider/guard/address_rules.h>
#include <postrider/net/resolver.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace postrider::delivery {

/// What holds for every endpoint of the daemon.
struct egress_rules : guard::egress_rules {
    std::optional<forward_proxy> proxy{};  ///< none: receivers are connected to directly
};

/// Who an attempt is made for: asked whether it may still go out, and told how it ended.
class attempt_end {
 public:
    virtual ~attempt_end() = default;
    /// Asked right before the request goes out, on a fresh connection too: seconds may have gone by until
    /// that stood. Where it may not, not a byte goes out there, and the attempt ends as
    /// transport_error::local.
    [[nodiscard]] virtual bool may_go_out() { return true; }
    virtual void on_ended(attempt_result& result) = 0;
};

/// Makes attempts: guard → resolve → connect (through the proxy, where there is one) → send → read. Keeps
/// what an endpoint needs (pool of connections, compiled authentication, TLS context) from its first attempt
/// until it was idle for a minute or its settings changed. One for each shard; lives on its executor.
class sender {
 public:
    struct settings {
        std::string user_agent;
        milliseconds max_connection_age{300000};
        milliseconds max_idle{60000};  ///< a pooled connection, and an endpoint's runtime
        std::size_t max_response_bytes = 65536;
        std::size_t max_connections = 8192;  ///< in use and idle; past it the longest idle one is closed
    };
    sender(const boost::asio::any_io_executor& executor, net::resolver& resolver, const time_source& time,
           settings settings, egress_rules rules);
    ~sender();
    sender(const sender&) = delete;
    sender& operator=(const sender&) = delete;

    /// One attempt; never throws, never takes longer than the endpoint's two deadlines together. The same
    /// endpoint object keeps its connections; another object with the same id (a reload) begins anew. A
    /// reused connection that dies before any byte of the response is replaced by a fresh one once, within
    /// the same attempt. With a span id (not 0) the trace that the event came with is passed on, the attempt
    /// as the span in it.
    [[nodiscard]] boost::asio::awaitable<attempt_result> attempt(endpoint_ptr endpoint, event_ptr event,
                                                                 std::uint32_t number,
                                                                 std::uint64_t span_id = 0);
    /// The same without a coroutine. `whom` is told once, on the executor, perhaps before this returns, and
    /// kept alive until then.
    void begin(endpoint_ptr endpoint, event_ptr event, std::uint32_t number, std::uint64_t span_id,
               std::shared_ptr<attempt_end> whom);

    /// After a reload: rules for new connections; a kept one is judged again before it is used, and goes with
    /// a changed proxy. Certificates and keys are read anew from their files; one that cannot be read leaves
    /// what was there.
    void set_rules(egress_rules rules);
    /// Closes connections that are idle or too old and forgets idle endpoints; call every few seconds.
    void sweep();
    /// Closes a few of the connections that are idle for longest: descriptors ran out.
    void make_room();
    /// Cuts every attempt under way: they end as transport_error::local with the detail "cut at shutdown".
    void cut();
    [[nodiscard]] std::size_t connections() const noexcept;

 private:
    struct impl;
    class run;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::delivery
