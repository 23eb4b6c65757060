#include "command.h"

#include <postrider/daemon/serve.h>

#include <CLI/CLI.hpp>

#include <memory>

namespace postrider::cli {

void add_serve(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("serve", "Runs the daemon");
    const auto options = std::make_shared<daemon::serve_options>();
    command->add_option("--config", options->config_file,
                        "Configuration; without it: loopback listeners, embedded Redis, no endpoints");
    command->add_option("--state-dir", options->state_directory,
                        "Where the embedded Redis keeps its data (default: ./postrider-state)");
    command
        ->add_option("--log-format", options->log_format,
                     "auto (text on a terminal, else json), text or json; goes before log.format")
        ->check(CLI::IsMember({"auto", "text", "json"}));
    command
        ->add_option("--log-level", options->log_level,
                     "debug, info, warning or error; goes before log.level")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    command->add_option("--shards", options->shards, "Threads; 0 takes half as many as there are cores")
        ->check(CLI::Range(0U, 256U));
    command->callback([options, &context] { context.exit_code = daemon::serve(*options); });
}

}  // namespace postrider::cli
