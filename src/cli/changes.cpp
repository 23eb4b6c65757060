#include "api_command.h"
#include "fields.h"
#include "table.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace postrider::cli {

namespace {

struct changes_options {
    api_options api;
    query filters;  ///< by the API's names
    std::size_t limit = usual_rows;
};

void add_change_filters(CLI::App& command, changes_options& options) {
    add_filters(command, options.filters,
                {{"actor", "--actor", "Only of this token; or signal, file, daemon"},
                 {"action", "--action", "Only this, such as endpoint.created, or endpoint for all of those"},
                 {"target", "--target", "Only of this endpoint, event or dead letter"},
                 {"tenant", "--tenant", "Only of this tenant"},
                 {"before", "--before", "Only of before; RFC 3339"},
                 {"after", "--after", "Only of after; RFC 3339"}});
}

std::string side_of(const json& row, const char* name) {
    const auto found = row.find(name);
    return found == row.end() || found->is_null() ? "-" : found->dump();
}

std::string changes_table(const json& rows, std::size_t width) {
    using fit = table::fit;
    table shown({{"WHEN"},
                 {"WHO", fit::cut},
                 {"FROM"},
                 {"ACTION"},
                 {"TARGET"},
                 {"TENANT", fit::dropped},
                 {"AFTER", fit::dropped},
                 {"BEFORE", fit::dropped}});
    for (const auto& row : rows) {
        shown.add({field(row, "at"), field(row, "actor"), field(row, "remote"), field(row, "action"),
                   field(row, "target"), field(row, "tenant"), side_of(row, "after"),
                   side_of(row, "before")});
    }
    return shown.render(width);
}

}  // namespace

void add_changes(CLI::App& program, context& context) {
    auto* command =
        program.add_subcommand("changes", "Lists who changed what and when, newest first: the audit trail");
    const auto options = std::make_shared<changes_options>();
    add_change_filters(*command, *options);
    command->add_option("--limit", options->limit, "At most so many (default: 100)")
        ->check(CLI::Range(std::size_t{1}, most_rows));
    add_api_options(*command, options->api);
    command->callback([options, &context] {
        context.exit_code = run_api_command(options->api, context, [&](const api& api) -> api_outcome {
            const auto found = api.list("/api/audit", "changes", options->filters, options->limit);
            if (!found) return unexpected<api_failure>(found.error());
            tell_more(context, *found);
            if (options->api.as_json) return for_scripts({{"changes", found->array}});
            if (found->array.empty()) return "No change\n";
            return changes_table(found->array, context.streams.out_columns);
        });
    });
}

}  // namespace postrider::cli
