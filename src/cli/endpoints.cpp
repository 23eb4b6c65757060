#include "api_command.h"
#include "fields.h"
#include "table.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace postrider::cli {

namespace {

struct endpoints_options {
    api_options api;
    std::string state;
};

std::string state_of(const json& row) {
    const auto reason = field(row, "disabled_reason");
    return field(row, "state") + (reason == "-" ? "" : " (" + reason + ')');
}

bool has_other_tenants(const json& rows) {
    return std::any_of(rows.begin(), rows.end(),
                       [](const json& row) { return field(row, "tenant") != "default"; });
}

std::string endpoints_table(const json& rows, const terminal& streams) {
    using fit = table::fit;
    const bool tenants = has_other_tenants(rows);
    std::vector<table::column> columns{{"ENDPOINT"}};
    if (tenants) columns.push_back({"TENANT", fit::cut});
    for (auto column : std::initializer_list<table::column>{{"STATE", fit::whole, false, true},
                                                            {"CIRCUIT", fit::whole, false, true},
                                                            {"WAITING", fit::whole, true},
                                                            {"IN FLIGHT", fit::whole, true},
                                                            {"DEAD", fit::whole, true},
                                                            {"OLDEST", fit::whole, true},
                                                            {"URL", fit::dropped}})
        columns.push_back(column);
    table shown(columns);
    const auto now = system_time().wall_now();
    for (const auto& row : rows) {
        std::vector<std::string> cells{field(row, "id")};
        if (tenants) cells.push_back(field(row, "tenant"));
        for (auto cell :
             {state_of(row), field(row, "circuit"), grouped(row, "queue_depth"), grouped(row, "in_flight"),
              grouped(row, "dead_letters"), age(row, "oldest_event_at", now), field(row, "url")})
            cells.push_back(std::move(cell));
        shown.add(cells);
    }
    return shown.render(streams.out_columns, streams.out_colours);
}

}  // namespace

void add_endpoints(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("endpoints", "Lists endpoints, their states and queues");
    const auto options = std::make_shared<endpoints_options>();
    command->add_option("--state", options->state, "Only those")
        ->check(CLI::IsMember({"active", "paused", "disabled"}));
    add_api_options(*command, options->api);
    command->callback([options, &context] {
        context.exit_code = run_api_command(options->api, context, [&](const api& api) -> api_outcome {
            const auto found = api.list("/api/webhooks", "webhooks", {{"state", options->state}}, most_rows);
            if (!found) return unexpected<api_failure>(found.error());
            if (options->api.as_json) return for_scripts({{"webhooks", found->array}});
            if (found->array.empty())
                return "No endpoint" + std::string(options->state.empty() ? "\n" : " is in that state\n");
            return endpoints_table(found->array, context.streams);
        });
    });
}

}  // namespace postrider::cli
