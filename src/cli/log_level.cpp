#include "api_command.h"
#include "fields.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>

namespace postrider::cli {

namespace {

struct log_options {
    api_options api;
    std::string level;
    std::optional<double> sampling;
};

std::string log_as_text(const json& log) {
    return list_of({{"level", field(log, "level")},
                    {"sampling", log.value("sampling", json()).dump()},
                    {"format", field(log, "format")}});
}

api_outcome ask_log(const log_options& options, const api& api) {
    auto wanted = json::object();
    if (!options.level.empty()) wanted["level"] = options.level;
    if (options.sampling) wanted["sampling"] = *options.sampling;
    const auto log = wanted.empty() ? api.get("/api/log") : api.put("/api/log", wanted);
    if (!log) return unexpected<api_failure>(log.error());
    return options.api.as_json ? for_scripts(*log) : log_as_text(*log);
}

}  // namespace

void add_log_level(CLI::App& program, context& context) {
    auto* command = program.add_subcommand(
        "log-level", "Shows what a daemon logs, or changes it until its next reload or start");
    const auto options = std::make_shared<log_options>();
    command->add_option("LEVEL", options->level, "debug, info, warning or error; left out: as it is")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    command
        ->add_option("--sampling", options->sampling,
                     "From 0 to 1: of so many events the lines that tell of no failure")
        ->check(CLI::Range(0.0, 1.0));
    add_api_options(*command, options->api);
    command->callback([options, &context] {
        context.exit_code =
            run_api_command(options->api, context, [&](const api& api) { return ask_log(*options, api); });
    });
}

}  // namespace postrider::cli
