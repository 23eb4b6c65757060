#include "client_options.h"
#include "command.h"
#include "daemon_client.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

int run_ready(const client_options& options, const context& context) {
    const auto client = daemon_client::make(options);
    if (!client) return context.fail(context::wrong_usage, client.error());
    const auto answer = client->ask({.method = "GET", .path = "/ready"});
    if (!answer) return context.fail(context::failed, answer.error().text);
    if (answer->status != 200) return context.fail(context::failed, explain_refusal(*answer));
    context.streams.out << "ready\n" << std::flush;
    return context::done;
}

}  // namespace

void add_ready(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("ready", "Whether the daemon takes events; for health checks");
    const auto options = std::make_shared<client_options>();
    add_client_options(*command, *options);
    command->callback([options, &context] { context.exit_code = run_ready(*options, context); });
}

}  // namespace postrider::cli
