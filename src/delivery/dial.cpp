#include "dial.h"

#include "duration_text.h"

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

/// Addresses tried for one connection: a name with a hundred dead ones must not eat the whole deadline in
/// slices too small to be of use.
constexpr std::size_t most_tries = 4;

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
        auto found = co_await find_addresses();
        if (!found) co_return tl::make_unexpected(std::move(found.error()));
        auto allowed = judge(std::move(*found));
        if (!allowed) co_return tl::make_unexpected(std::move(allowed.error()));
        co_return co_await try_in_turn(std::move(*allowed));
    }

 private:
    static tl::unexpected<dial_failure> failure(transport_error error, std::string detail) {
        return tl::unexpected<dial_failure>(dial_failure(error, std::move(detail)));
    }

    static tl::unexpected<dial_failure> name_failure(net::resolve_error::cause cause, std::string detail) {
        const bool ours = cause == net::resolve_error::cause::name_servers;
        return tl::unexpected<dial_failure>(dial_failure(transport_error::dns, std::move(detail), ours));
    }

    [[nodiscard]] milliseconds time_left() const {
        const auto left = std::chrono::ceil<milliseconds>(due_ - tools_.time.monotonic_now());
        return std::max(left, milliseconds(0));
    }

    void arm(milliseconds from_now) {
        to_.deadline.arm(from_now, [&flight = flight_] { flight.interrupt(); });
    }

    asio::awaitable<expected<addresses, dial_failure>> find_addresses() {
        if (runtime_.literal) co_return addresses(1, *runtime_.literal);
        const auto asked = std::make_shared<question>(tools_.executor);
        const flight::stage stage(flight_, [asked] {
            asked->given_up = true;
            asked->changed.notify_all();
        });
        arm(time_left());
        runtime::spawn(tools_.executor, "resolve", ask(asked, &tools_.resolver, endpoint_.url.host));
        while (!asked->answer && !asked->given_up)
            co_await asked->changed.wait();
        to_.deadline.disarm();
        if (!asked->answer)
            co_return name_failure(
                net::resolve_error::cause::name_servers,
                endpoint_.url.host + ": did not resolve within " + to_text(endpoint_.timeout.connect));
        if (!*asked->answer) {
            auto& why = asked->answer->error();
            co_return name_failure(why.what, std::move(why.detail));
        }
        co_return std::move(**asked->answer);
    }

    [[nodiscard]] expected<addresses, dial_failure> judge(addresses found) const {
        auto verdict = guard::verdict::denied_reserved;
        std::erase_if(found, [&](const ip_address& address) {
            const auto judged = guard::judge(address, endpoint_.url.port, runtime_.rules);
            if (judged == guard::verdict::allowed) return false;
            verdict = judged;
            return true;
        });
        // The same words whatever the address is; the verdict is for operators.
        if (found.empty())
            return failure(transport_error::blocked,
                           "the destination is not allowed: " + std::string(guard::to_string(verdict)));
        if (found.size() > most_tries) found.resize(most_tries);
        return found;
    }

    asio::awaitable<expected<void, dial_failure>> try_in_turn(addresses allowed) {
        auto last = failure(transport_error::connect_timeout, out_of_time(net::connect_error::step::connect));
        for (std::size_t i = 0; i < allowed.size() && !flight_.cut; ++i) {
            const milliseconds left = time_left();
            if (left.count() == 0) break;
            // A share of the time for each: a dead address leaves some to the next.
            arm(left / static_cast<int>(allowed.size() - i));
            auto connected = co_await connect(allowed[i]);
            to_.deadline.disarm();
            if (connected && (*connected)->is_open()) {
                to_.stream = std::move(*connected);
                to_.peer = allowed[i];
                to_.opened = tools_.time.monotonic_now();
                co_return expected<void, dial_failure>();
            }
            last = connected ? explain(net::connect_error()) : explain(connected.error());
            // Who refused our TLS or showed a wrong certificate does so at its other addresses too.
            if (last.value().error == transport_error::tls) break;
        }
        co_return last;
    }

    asio::awaitable<net::connect_result> connect(ip_address address) {
        net::connect_handle handle;
        const flight::stage stage(flight_, [&handle] { handle.close(); });
        const std::uint16_t port = endpoint_.url.port;
        if (!context_) co_return co_await net::connect_tcp(tools_.executor, address, port, handle);
        co_return co_await net::connect_tls(tools_.executor, address, port, context_, endpoint_.url.host,
                                            handle);
    }

    [[nodiscard]] std::string out_of_time(net::connect_error::step where) const {
        const bool connected = where == net::connect_error::step::handshake;
        return (connected ? "no TLS handshake with " : "no connection to ") + endpoint_.url.authority() +
               " within " + to_text(endpoint_.timeout.connect);
    }

    [[nodiscard]] tl::unexpected<dial_failure> explain(const net::connect_error& error) const {
        if (to_.deadline.fired()) return failure(transport_error::connect_timeout, out_of_time(error.where));
        if (is_ours(error.code)) return failure(transport_error::local, error.detail);
        const bool connected = error.where == net::connect_error::step::handshake;
        return failure(connected ? transport_error::tls : transport_error::connect, error.detail);
    }

    /// No descriptor, port or memory for a socket.
    static bool is_ours(const boost::system::error_code& code) {
        if (code.category() != boost::system::system_category()) return false;
        const int number = code.value();
        return number == EMFILE || number == ENFILE || number == EADDRNOTAVAIL || number == ENOBUFS ||
               number == ENOMEM;
    }

    dial_tools& tools_;
    endpoint_runtime& runtime_;
    const endpoint& endpoint_;
    connection& to_;
    flight& flight_;
    monotonic_time due_;
    std::shared_ptr<net::tls_context> context_;
};

}  // namespace

asio::awaitable<expected<void, dial_failure>> dial(dial_tools& tools, endpoint_runtime& runtime,
                                                   connection& to, flight& flight) {
    dialling dialling(tools, runtime, to, flight);
    co_return co_await dialling.run();
}

}  // namespace postrider::delivery
