#include "api_command.h"
#include "fields.h"
#include "table.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

/// Members of a row that are summed up, in the order of the columns.
constexpr std::array numbers{"accepted",
                             "replayed",
                             "delivered",
                             "dead",
                             "expired",
                             "live",
                             "missing",
                             "purged",
                             "dead_letters",
                             "revived",
                             "dropped",
                             "swept",
                             "missing_dead_letters"};

bool differs(const json& row) {
    return row.value("settled", true) && (row.value("missing", std::int64_t{0}) != 0 ||
                                          row.value("missing_dead_letters", std::int64_t{0}) != 0);
}

bool is_untouched(const json& row) {
    for (const char* const name : numbers)
        if (row.value(name, std::int64_t{0}) != 0) return false;
    return true;
}

std::vector<std::string> cells_of(const std::string& first, const json& row) {
    std::vector<std::string> cells{first};
    for (const char* const name : numbers)
        cells.push_back(row.value(name, std::int64_t{0}) < 0 ? field(row, name) : grouped(row, name));
    if (!row.value("settled", true)) cells.front() += " (moving)";
    return cells;
}

json sum_of(const json& rows) {
    json sum;
    for (const char* const name : numbers) {
        std::int64_t total = 0;
        for (const auto& row : rows)
            total += row.value(name, std::int64_t{0});
        // As the daemon writes it: what is not negative is shown with its thousands apart.
        sum[name] = total < 0 ? json(total) : json(static_cast<std::uint64_t>(total));
    }
    return sum;
}

std::string as_text(const json& rows, std::size_t width) {
    using fit = table::fit;
    table shown({{"PARTITION"},
                 {"ACCEPTED", fit::whole, true},
                 {"REPLAYED", fit::whole, true},
                 {"DELIVERED", fit::whole, true},
                 {"DEAD", fit::whole, true},
                 {"EXPIRED", fit::whole, true},
                 {"LIVE", fit::whole, true},
                 {"DIFFERENCE", fit::whole, true},
                 {"PURGED", fit::dropped, true},
                 {"LETTERS", fit::dropped, true},
                 {"REVIVED", fit::dropped, true},
                 {"DROPPED", fit::dropped, true},
                 {"SWEPT", fit::dropped, true},
                 {"DIFFERENCE", fit::dropped, true}});
    for (const auto& row : rows)
        if (!is_untouched(row)) shown.add(cells_of(field(row, "partition"), row));
    shown.add(cells_of("all", sum_of(rows)));
    return shown.render(width);
}

std::size_t count_differing(const json& rows) {
    return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), differs));
}

int run_audit(const api_options& options, const context& context) {
    std::size_t differing = 0;
    const int code = run_api_command(options, context, [&](const api& api) -> api_outcome {
        const auto found = api.list("/api/reconciliation", "partitions", {}, most_rows);
        if (!found) return unexpected<api_failure>(found.error());
        differing = count_differing(found->array);
        if (!options.as_json) return as_text(found->array, context.streams.out_columns);
        json out;
        out["partitions"] = found->array;
        out["sum"] = sum_of(found->array);
        return for_scripts(out);
    });
    if (code != context::done || differing == 0) return code;
    return context.fail(context::failed,
                        grouped(differing) + (differing == 1 ? " partition does" : " partitions do") +
                            " not add up: deliveries vanished, or came from nowhere; see docs/operations.md");
}

}  // namespace

void add_audit(CLI::App& program, context& context) {
    auto* command = program.add_subcommand(
        "audit", "Proves that what was accepted was delivered, died, or is still there");
    const auto options = std::make_shared<api_options>();
    add_api_options(*command, *options);
    command->callback([options, &context] { context.exit_code = run_audit(*options, context); });
}

}  // namespace postrider::cli
