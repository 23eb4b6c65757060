#include "command.h"
#include "receiver.h"

#include <postrider/net/listener.h>
#include <postrider/runtime/shard.h>

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <future>
#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

struct listen_options {
    std::uint16_t port = 9000;
    std::vector<std::string> secrets;
    std::int64_t delay_milliseconds = 0;
    receiver_options receiver;
};

// How long an answer that is on its way may take once the user wants to end.
constexpr milliseconds grace{1000};

boost::asio::awaitable<void> serve_until(boost::asio::signal_set& signals, net::listener& listener,
                                         http::server& server, receiver& receiver) {
    (void)co_await signals.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    listener.close();
    receiver.hurry();
    server.begin_stop();
    co_await server.stop(grace);
}

int listen(const listen_options& options, const context& context) {
    auto check = signature_check::make(options.secrets);
    if (!check) return context.fail(context::wrong_usage, "--secret: " + check.error());

    runtime::shard shard(0);
    auto listener = net::listener::open(shard.executor(), "127.0.0.1", options.port);
    if (!listener) {
        return context.fail(context::failed,
                            "cannot listen: " + listener.error() + "; choose another port with --port");
    }
    receiver receiver(shard.executor(), std::move(*check), options.receiver, context.streams.out);
    http::server server(shard.executor(), receiver, http::server_limits{});
    boost::asio::signal_set signals(shard.executor(), SIGINT, SIGTERM);
    std::promise<void> ended;

    context.streams.out << "listening on http://127.0.0.1:" << (*listener)->port() << '\n' << std::flush;
    (*listener)->start([&](int descriptor, ip_address peer) { server.serve(descriptor, peer); });
    runtime::spawn(shard.executor(), "listen", serve_until(signals, **listener, server, receiver),
                   [&] { ended.set_value(); });
    shard.start();
    ended.get_future().wait();
    shard.stop();
    shard.join();
    context.streams.out << receiver.summary() << '\n' << std::flush;
    return context::done;
}

void add_options(CLI::App& command, listen_options& options) {
    command.add_option("--port", options.port, "On 127.0.0.1; 0 takes a free one (default: 9000)");
    command
        .add_option(
            "--secret", options.secrets,
            "Verifies with it: whsec_..., whsk_..., whpk_..., or that of an hmac_sha256; may be repeated")
        ->envname("POSTRIDER_SECRET")
        ->allow_extra_args(false);
    command.add_option("--status", options.receiver.status, "What to answer (default: 200)")
        ->check(CLI::Range(200, 599));
    command.add_option("--delay", options.delay_milliseconds, "Milliseconds before each answer")
        ->check(CLI::Range(0, 3600 * 1000));
    command.add_option("--fail-first", options.receiver.fail_first,
                       "Answers 500 to the first N attempts of each event");
    command.add_flag("--headers", options.receiver.view.headers, "Shows the headers, private ones masked");
    command.add_flag("--raw", options.receiver.view.raw, "Shows bodies to the byte");
}

}  // namespace

void add_listen(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("listen", "A local receiver: verifies and shows each delivery");
    const auto options = std::make_shared<listen_options>();
    add_options(*command, *options);
    command->callback([options, &context] {
        options->receiver.delay = milliseconds(options->delay_milliseconds);
        context.exit_code = listen(*options, context);
    });
}

}  // namespace postrider::cli
