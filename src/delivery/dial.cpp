#include "dial.h"

#include "duration_text.h"
#include "tunnel.h"

#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace postrider::delivery {
namespace {

namespace asio = boost::asio;
using addresses = std::vector<ip_address>;
using stream_or_failure = expected<std::unique_ptr<net::callback_transport>, dial_failure>;

/// Addresses tried for one connection: a name with a hundred dead ones must not eat the whole deadline in
/// slices too small to be of use.
constexpr std::size_t most_tries = 4;

/// The same words for an address that is denied, whichever and why, and for a name that has none: whoever
/// writes the URL must not find out by them what lies inside.
constexpr const char* leads_nowhere = "the destination is not allowed or has no address";
constexpr const char* no_proxy = "no connection through the egress proxy";
constexpr const char* refused_by_proxy = "the egress proxy did not connect to the destination";

/// A resolution for one attempt. Shared with it, because the attempt may stop waiting first.
struct question {
    explicit question(const asio::any_io_executor& executor) : changed(executor) {}
    runtime::signal changed;
    std::optional<net::addresses_or_reason> answer;
    bool given_up = false;
};

asio::awaitable<void> ask(std::shared_ptr<question> question, net::resolver* resolver, std::string name) {
    question->answer = co_await resolver->resolve(std::move(name));
    question->changed.notify_all();
}

std::string host_and_port(const std::string& host, bool v6, std::uint16_t port) {
    return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

/// No descriptor, port or memory for a socket.
bool is_ours(const boost::system::error_code& code) {
    if (code.category() != boost::system::system_category()) return false;
    const int number = code.value();
    return number == EMFILE || number == ENFILE || number == EADDRNOTAVAIL || number == ENOBUFS ||
           number == ENOMEM;
}

/// One dial: where it stands and how much time it has left.
class dialling {
 public:
    dialling(dial_tools& tools, endpoint_runtime& runtime, connection& to, flight& flight)
        : tools_(tools),
          runtime_(runtime),
          endpoint_(*runtime.endpoint),
          to_(to),
          flight_(flight),
          due_(tools.time.monotonic_now() + endpoint_.timeout.connect) {}

    asio::awaitable<expected<void, dial_failure>> run() {
        if (endpoint_.url.tls) {
            auto context = tools_.tls.get(endpoint_.tls, tools_.time.monotonic_now());
            if (!context) co_return failure(transport_error::local, context.error());
            context_ = std::move(*context);
        }
        if (to_.via) {
            auto why_not = co_await find_proxy();
            if (why_not) co_return tl::make_unexpected(std::move(*why_not));
            if (to_.via->resolves_names && !runtime_.literal) co_return co_await try_in_turn(addresses());
        }
        auto found = co_await find_addresses();
        if (!found) co_return tl::make_unexpected(std::move(found.error()));
        auto allowed = judge(std::move(*found));
        if (!allowed) co_return tl::make_unexpected(std::move(allowed.error()));
        co_return co_await try_in_turn(std::move(*allowed));
    }

 private:
    static tl::unexpected<dial_failure> failure(transport_error error, std::string detail) {
        return tl::unexpected<dial_failure>(dial_failure{error, std::move(detail)});
    }

    /// Of the proxy itself: it says nothing about the receiver.
    [[nodiscard]] dial_failure proxy_failure(transport_error error, const std::string& why) const {
        return {error, no_proxy, "the egress proxy " + to_.via->at.authority() + ": " + why, {}, true};
    }

    [[nodiscard]] milliseconds until(monotonic_time when) const {
        const auto left = std::chrono::ceil<milliseconds>(when - tools_.time.monotonic_now());
        return std::max(left, milliseconds(0));
    }

    void arm(milliseconds from_now) {
        to_.deadline.arm(from_now, [&flight = flight_] { flight.interrupt(); });
    }

    asio::awaitable<net::addresses_or_reason> look_up(std::string name) {
        const auto asked = std::make_shared<question>(tools_.executor);
        const flight::stage stage(flight_, [asked] {
            asked->given_up = true;
            asked->changed.notify_all();
        });
        arm(until(due_));
        runtime::spawn(tools_.executor, "resolve", ask(asked, &tools_.resolver, name));
        while (!asked->answer && !asked->given_up)
            co_await asked->changed.wait();
        to_.deadline.disarm();
        if (asked->answer) co_return std::move(*asked->answer);
        co_return unexpected<net::resolve_error>(
            net::resolve_error(net::resolve_error::cause::name_servers,
                               name + ": did not resolve within " + to_text(endpoint_.timeout.connect)));
    }

    asio::awaitable<expected<addresses, dial_failure>> find_addresses() {
        if (runtime_.literal) co_return addresses(1, *runtime_.literal);
        auto found = co_await look_up(endpoint_.url.host);
        if (found) co_return std::move(*found);
        dial_failure why{transport_error::dns, std::move(found.error().detail)};
        why.own_fault = found.error().what == net::resolve_error::cause::name_servers;
        if (!why.own_fault) why.for_operators = std::exchange(why.detail, leads_nowhere);
        co_return tl::unexpected<dial_failure>(std::move(why));
    }

    /// Leaves its addresses in `proxies_`, or says why there are none.
    asio::awaitable<std::optional<dial_failure>> find_proxy() {
        const http_url& at = to_.via->at;
        if (at.host_is_literal) {
            if (const auto literal = ip_address::parse(at.host)) proxies_.push_back(*literal);
        } else {
            auto found = co_await look_up(at.host);
            if (!found) co_return proxy_failure(transport_error::dns, found.error().detail);
            proxies_ = std::move(*found);
        }
        std::erase_if(proxies_, [&](const ip_address& address) {
            return guard::judge_chosen(address, at.port, runtime_.rules) != guard::verdict::allowed;
        });
        if (proxies_.empty())
            co_return proxy_failure(transport_error::local, "this is the daemon itself, or its Redis");
        if (proxies_.size() > most_tries) proxies_.resize(most_tries);
        co_return std::nullopt;
    }

    [[nodiscard]] expected<addresses, dial_failure> judge(addresses found) const {
        auto verdict = guard::verdict::denied_reserved;
        std::erase_if(found, [&](const ip_address& address) {
            const auto judged = guard::judge(address, endpoint_.url.port, runtime_.rules);
            if (judged == guard::verdict::allowed) return false;
            verdict = judged;
            return true;
        });
        if (found.size() > most_tries) found.resize(most_tries);
        if (!found.empty()) return found;
        dial_failure denied{transport_error::blocked, leads_nowhere};
        denied.denied_by = guard::to_string(verdict);
        denied.for_operators = "the destination is not allowed: " + std::string(denied.denied_by);
        // A name that leads to where it must not is its owner's fault, exactly as one that leads nowhere: the
        // two may not be told apart by a circuit either. An address as written is what our rules say of it.
        denied.own_fault = runtime_.literal.has_value();
        return tl::unexpected<dial_failure>(std::move(denied));
    }

    /// No addresses: the proxy is to find them.
    asio::awaitable<expected<void, dial_failure>> try_in_turn(addresses allowed) {
        const std::size_t count = std::max<std::size_t>(allowed.size(), 1);
        auto last = failure(transport_error::connect_timeout, out_of_time(net::connect_error::step::connect));
        for (std::size_t i = 0; i < count && !flight_.cut; ++i) {
            const milliseconds left = until(due_);
            if (left.count() == 0) break;
            // A share of the time for each: a dead address leaves some to the next.
            turn_ends_ = tools_.time.monotonic_now() + left / static_cast<int>(count - i);
            const auto peer = allowed.empty() ? std::nullopt : std::optional(allowed[i]);
            auto reached = co_await reach(peer);
            to_.deadline.disarm();
            if (reached && (*reached)->is_open()) {
                to_.stream = std::move(*reached);
                to_.peer = peer;
                to_.opened = tools_.time.monotonic_now();
                co_return expected<void, dial_failure>();
            }
            last = reached ? explain(net::connect_error())
                           : tl::unexpected<dial_failure>(std::move(reached.error()));
            // Who refused our TLS or showed a wrong certificate does so at its other addresses too, and a
            // proxy that is away is so for all of them.
            if (last.value().error == transport_error::tls || last.value().own_fault) break;
        }
        co_return last;
    }

    asio::awaitable<stream_or_failure> reach(std::optional<ip_address> peer) {
        if (to_.via) co_return co_await reach_through_proxy(peer);
        net::connect_handle handle;
        const flight::stage stage(flight_, [&handle] { handle.close(); });
        arm(until(turn_ends_));
        auto connected = co_await connect(*peer, handle);
        if (!connected) co_return explain(connected.error());
        co_return std::move(*connected);
    }

    asio::awaitable<net::connect_result> connect(ip_address address, net::connect_handle& handle) {
        const std::uint16_t port = endpoint_.url.port;
        if (!context_) co_return co_await net::connect_tcp(tools_.executor, address, port, handle);
        co_return co_await net::connect_tls(tools_.executor, address, port, context_, endpoint_.url.host,
                                            handle);
    }

    asio::awaitable<stream_or_failure> reach_through_proxy(std::optional<ip_address> peer) {
        auto stream = co_await connect_to_proxy();
        if (!stream) co_return stream;
        arm(until(turn_ends_));
        auto refused = co_await ask_proxy(**stream, peer);
        if (refused) co_return tl::unexpected<dial_failure>(std::move(*refused));
        if (!context_) co_return stream;
        net::connect_handle handle;
        const flight::stage stage(flight_, [&handle] { handle.close(); });
        auto secured = co_await net::start_tls(std::move(*stream), endpoint_.url.port, context_,
                                               endpoint_.url.host, handle);
        if (!secured) co_return explain(secured.error());
        co_return std::move(*secured);
    }

    asio::awaitable<stream_or_failure> connect_to_proxy() {
        std::string why = "no time left to connect";
        for (std::size_t i = 0; i < proxies_.size() && !flight_.cut; ++i) {
            net::connect_handle handle;
            const flight::stage stage(flight_, [&handle] { handle.close(); });
            arm(until(turn_ends_) / static_cast<int>(proxies_.size() - i));
            auto connected =
                co_await net::connect_tcp(tools_.executor, proxies_[i], to_.via->at.port, handle);
            if (connected && (*connected)->is_open()) co_return std::move(*connected);
            why = to_.deadline.fired() || connected ? "no connection in time" : connected.error().detail;
        }
        co_return tl::unexpected<dial_failure>(proxy_failure(transport_error::connect, why));
    }

    /// Nothing: the stream leads to the receiver.
    asio::awaitable<std::optional<dial_failure>> ask_proxy(net::transport& stream,
                                                           std::optional<ip_address> peer) {
        const std::uint16_t port = endpoint_.url.port;
        std::string destination = peer ? host_and_port(peer->to_string(), peer->v6, port)
                                       : host_and_port(endpoint_.url.host, false, port);
        const flight::stage stage(flight_, [&stream] { stream.close(); });
        auto refused = co_await open_tunnel(stream, *to_.via, std::move(destination));
        if (!refused) co_return std::nullopt;
        // A receiver that never answers shows in this way too: a proxy waits longer than we do.
        if (to_.deadline.fired())
            co_return dial_failure{transport_error::connect_timeout,
                                   out_of_time(net::connect_error::step::connect)};
        const bool answered = refused->what != tunnel_failure::kind::proxy;
        auto why =
            proxy_failure(answered ? transport_error::connect : transport_error::protocol, refused->detail);
        if (answered) why.detail = refused_by_proxy;
        why.own_fault = refused->what != tunnel_failure::kind::destination;
        co_return why;
    }

    [[nodiscard]] std::string out_of_time(net::connect_error::step where) const {
        const bool connected = where == net::connect_error::step::handshake;
        return (connected ? "no TLS handshake with " : "no connection to ") + endpoint_.url.authority() +
               " within " + to_text(endpoint_.timeout.connect);
    }

    [[nodiscard]] tl::unexpected<dial_failure> explain(const net::connect_error& error) const {
        if (to_.deadline.fired()) return failure(transport_error::connect_timeout, out_of_time(error.where));
        if (is_ours(error.code)) {
            auto ours = failure(transport_error::local, error.detail);
            ours.value().no_socket = true;
            return ours;
        }
        const bool connected = error.where == net::connect_error::step::handshake;
        return failure(connected ? transport_error::tls : transport_error::connect, error.detail);
    }

    dial_tools& tools_;
    endpoint_runtime& runtime_;
    const endpoint& endpoint_;
    connection& to_;
    flight& flight_;
    monotonic_time due_;
    monotonic_time turn_ends_;
    addresses proxies_;
    std::shared_ptr<net::tls_context> context_;
};

}  // namespace

asio::awaitable<expected<void, dial_failure>> dial(dial_tools& tools, endpoint_runtime& runtime,
                                                   connection& to, flight& flight) {
    dialling dialling(tools, runtime, to, flight);
    co_return co_await dialling.run();
}

}  // namespace postrider::delivery
