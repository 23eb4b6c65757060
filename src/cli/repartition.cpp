#include "command.h"
#include "fields.h"

#include <postrider/daemon/repartition.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

constexpr std::uint64_t moves_a_line = 10'000;

int run_repartition(daemon::repartition_options options, const context& context) {
    std::uint64_t told = 0;
    options.progress = [&told, &context](std::uint64_t moved) {
        if (moved < told + moves_a_line) return;
        told = moved;
        context.streams.err << grouped(moved) << " moved\n" << std::flush;
    };
    const auto moved = daemon::repartition(options);
    if (!moved) return context.fail(context::failed, moved.error());
    context.streams.out << "The store has " << options.partitions << " partitions, " << grouped(*moved)
                        << " entries were moved; set redis.partitions to " << options.partitions << '\n'
                        << std::flush;
    return context::done;
}

}  // namespace

void add_repartition(CLI::App& program, context& context) {
    auto* command = program.add_subcommand(
        "repartition", "Moves a store to another number of partitions; stop every daemon first");
    const auto options = std::make_shared<daemon::repartition_options>();
    command->add_option("--config", options->config_file,
                        "Configuration that says where the store is; without it: the embedded Redis");
    command->add_option("--partitions", options->partitions, "How many it shall have")
        ->required()
        ->check(CLI::Range(1U, 4096U));
    command->add_option("--state-dir", options->state_directory,
                        "Where the embedded Redis keeps its data (default: ./postrider-state)");
    command->callback([options, &context] { context.exit_code = run_repartition(*options, context); });
}

}  // namespace postrider::cli
