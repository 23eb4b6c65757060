#include "api_command.h"
#include "fields.h"
#include "job_progress.h"

#include <CLI/CLI.hpp>

#include <istream>
#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

struct data_options {
    api_options api;
    std::string tenant;
    std::string event;
    bool yes = false;
    bool no_wait = false;
};

/// What the options choose: an event, or all of a tenant.
std::string path_of(const data_options& options, const std::string& of_tenant, const std::string& of_event) {
    if (options.event.empty()) return "/api/tenants/" + as_segment(options.tenant) + of_tenant;
    return "/api/events/" + as_segment(options.event) + of_event;
}

query query_of(const data_options& options) {
    if (options.event.empty()) return {};
    return {{"tenant", options.tenant}};
}

/// A line of an export; not an object for what is none.
json read_line(std::string_view line) {
    return json::parse(line, nullptr, false);
}

/// Prints the lines of a page but the last, and gives the cursor in that; empty at the end of all.
expected<std::string, api_failure> print_page(const std::string& page, std::ostream& out) {
    const auto end = page.rfind('\n');
    const auto before = end == std::string::npos || end == 0 ? end : page.rfind('\n', end - 1);
    const auto last = before == std::string::npos ? 0 : before + 1;
    const auto told = read_line(std::string_view(page).substr(last));
    if (!told.is_object() || field(told, "kind") != "page")
        return unexpected<api_failure>({false, "the answer is not Postrider's, or was cut; is --url right?"});
    out << std::string_view(page).substr(0, last) << std::flush;
    const auto next = told.value("next_cursor", json());
    return next.is_string() ? next.get<std::string>() : std::string();
}

api_outcome export_all(const data_options& options, const context& context, const api& api) {
    auto given = query_of(options);
    given.emplace_back("cursor", "");
    do {
        const auto page = api.read(with_query(path_of(options, "/export", "/export"), given));
        if (!page) return unexpected<api_failure>(page.error());
        auto next = print_page(*page, context.streams.out);
        if (!next) return unexpected<api_failure>(std::move(next.error()));
        given.back().second = std::move(*next);
    } while (!given.back().second.empty());
    return std::string();
}

api_outcome tell_end(const data_options& options, const expected<json, api_failure>& ended) {
    if (!ended) return unexpected<api_failure>(ended.error());
    if (field(*ended, "status") == "failed")
        return unexpected<api_failure>({false, field(*ended, "id") + " failed: " + field(*ended, "error")});
    if (options.api.as_json) return for_scripts({{"job", *ended}});
    return field(*ended, "kind") + ' ' + field(*ended, "id") + ": " + field(*ended, "status") + ", " +
           grouped(*ended, "done") + " removed\n";
}

api_outcome delete_all(const data_options& options, const context& context, const api& api) {
    const auto answer = api.remove(with_query(path_of(options, "/data", ""), query_of(options)));
    if (!answer) return unexpected<api_failure>(answer.error());
    const auto job = answer->value("job", json::object());
    if (!options.no_wait) return tell_end(options, follow_job(api, field(job, "id"), context));
    return options.api.as_json ? for_scripts(*answer) : field(job, "id") + '\n';
}

bool goes_on(const data_options& options, const context& context) {
    const auto what = options.event.empty() ? "all data of the tenant " + options.tenant
                                            : "all of the event " + options.event;
    context.streams.err << "Removes " << what << " for good, also what still waits. Go on? [y/N] "
                        << std::flush;
    std::string answer;
    std::getline(context.streams.in, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

/// 0 when the command may go on.
int check_choice(const data_options& options, bool for_good, const context& context) {
    if (options.tenant.empty() && options.event.empty())
        return context.fail(context::wrong_usage,
                            "name --tenant, or --event, or both for an event of a tenant");
    if (!for_good || options.yes) return context::done;
    if (!context.streams.in_is_terminal)
        return context.fail(context::wrong_usage,
                            "delete removes data for good; say --yes where nobody can be asked");
    return goes_on(options, context) ? context::done : context.fail(context::failed, "nothing was removed");
}

using data_action = api_outcome (*)(const data_options& options, const context& context, const api& api);

std::shared_ptr<data_options> add_choice(CLI::App& command, context& context, bool for_good,
                                         data_action act) {
    const auto options = std::make_shared<data_options>();
    command.add_option("--tenant", options->tenant, "All of this tenant; with --event, whose event it is");
    command.add_option("--event", options->event, "All of the event with this id");
    add_api_options(command, options->api);
    command.callback([options, for_good, act, &context] {
        context.exit_code = check_choice(*options, for_good, context);
        if (context.exit_code != context::done) return;
        context.exit_code = run_api_command(options->api, context,
                                            [&](const api& api) { return act(*options, context, api); });
    });
    return options;
}

}  // namespace

void add_data(CLI::App& program, context& context) {
    auto* command =
        program.add_subcommand("data", "Hands out or deletes what is kept of an event or a tenant");
    command->require_subcommand(1);
    auto* exporting = command->add_subcommand("export", "Prints all that is kept, a JSON object a line");
    add_choice(*exporting, context, false, export_all);
    auto* deleting = command->add_subcommand("delete", "Deletes payloads and history for good");
    const auto options = add_choice(*deleting, context, true, delete_all);
    deleting->add_flag("-y,--yes", options->yes, "Does not ask");
    deleting->add_flag("--no-wait", options->no_wait, "Prints the job's id and ends");
}

}  // namespace postrider::cli
