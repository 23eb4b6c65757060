#include "api_command.h"
#include "fields.h"
#include "job_progress.h"
#include "table.h"

#include <CLI/CLI.hpp>

#include <istream>
#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

struct letters_options {
    api_options api;
    std::vector<std::string> ids;
    query filters;  ///< by the API's names
    std::size_t limit = usual_rows;
    bool all = false;
    bool yes = false;
    bool no_wait = false;
};

void add_letter_filters(CLI::App& command, letters_options& options) {
    add_filters(command, options.filters,
                {{"webhook_id", "--endpoint", "Only of this endpoint"},
                 {"event_type", "--type", "Only of this event type"},
                 {"reason", "--reason", "Only with this reason, such as attempts_exhausted"},
                 {"before", "--before", "Only of before; RFC 3339"},
                 {"after", "--after", "Only of after; RFC 3339"}});
}

std::string letters_table(const json& rows, std::size_t width) {
    using fit = table::fit;
    table shown({{"DEAD LETTER"},
                 {"REASON"},
                 {"SENDS", fit::whole, true},
                 {"CODE", fit::whole, true},
                 {"AGE", fit::whole, true},
                 {"TYPE", fit::cut},
                 {"ERROR", fit::dropped},
                 {"EVENT", fit::dropped}});
    const auto now = system_time().wall_now();
    for (const auto& row : rows) {
        shown.add({field(row, "id"), field(row, "reason"), field(row, "attempts"),
                   field(row, "response_code"), age(row, "created_at", now), field(row, "event_type"),
                   field(row, "error"), field(row, "event_id")});
    }
    return shown.render(width);
}

api_outcome list_letters(const letters_options& options, const context& context, const api& api) {
    const auto found = api.list("/api/dead-letters", "dead_letters", options.filters, options.limit);
    if (!found) return unexpected<api_failure>(found.error());
    tell_more(context, *found);
    if (options.api.as_json) return for_scripts({{"dead_letters", found->array}});
    if (found->array.empty()) return "No dead letter\n";
    return letters_table(found->array, context.streams.out_columns);
}

api_outcome show_letter(const letters_options& options, const api& api) {
    const auto found = api.get("/api/dead-letters/" + as_segment(options.ids.front()));
    if (!found) return unexpected<api_failure>(found.error());
    if (options.api.as_json) return for_scripts(*found);
    std::vector<std::pair<std::string, std::string>> lines;
    for (const auto& [name, value] : found->items())
        lines.emplace_back(name, field(*found, name.c_str()));
    return list_of(lines);
}

json selection(const letters_options& options) {
    auto body = json::object();
    if (!options.ids.empty()) body["ids"] = options.ids;
    for (const auto& [name, value] : options.filters)
        body[name] = value;
    return body;
}

std::string ending_of(const json& job) {
    return field(job, "kind") + ' ' + field(job, "id") + ": " + field(job, "status") + ", " +
           grouped(job, "done") + " dead letters, " + grouped(job, "skipped") + " of them skipped\n";
}

api_outcome report_end(const letters_options& options, const expected<json, api_failure>& ended) {
    if (!ended) return unexpected<api_failure>(ended.error());
    if (field(*ended, "status") == "failed") {
        return unexpected<api_failure>({false, field(*ended, "id") + " failed after " +
                                                   grouped(*ended, "done") +
                                                   " dead letters: " + field(*ended, "error")});
    }
    return options.api.as_json ? for_scripts({{"job", *ended}}) : ending_of(*ended);
}

// `kind` is the API's name of the job, and the command's.
api_outcome start_job(const letters_options& options, const std::string& kind, const context& context,
                      const api& api) {
    const auto answer = api.post("/api/dead-letters/" + kind, selection(options));
    if (!answer) return unexpected<api_failure>(answer.error());
    const auto job = answer->value("job", json::object());
    if (!options.no_wait) return report_end(options, follow_job(api, field(job, "id"), context));
    return options.api.as_json ? for_scripts(*answer) : field(job, "id") + '\n';
}

bool is_confirmed(const context& context) {
    context.streams.err << "Purge removes dead letters for good. Go on? [y/N] " << std::flush;
    std::string answer;
    std::getline(context.streams.in, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

// 0 when the command may go on.
int check_intent(const letters_options& options, bool for_good, const context& context) {
    const bool chosen = !options.ids.empty() || !options.filters.empty();
    if (chosen == options.all) {
        return context.fail(context::wrong_usage,
                            chosen ? "--all goes with no id and no filter"
                                   : "name ids or filters, or say --all for every dead letter");
    }
    if (!options.ids.empty() && !options.filters.empty())
        return context.fail(context::wrong_usage, "ids and filters do not go together");
    if (!for_good || options.yes) return context::done;
    if (!context.streams.in_is_terminal)
        return context.fail(context::wrong_usage,
                            "purge removes dead letters for good; say --yes where nobody can be asked");
    return is_confirmed(context) ? context::done : context.fail(context::failed, "nothing was removed");
}

void add_list(CLI::App& parent, context& context) {
    auto* command = parent.add_subcommand("list", "Lists dead letters, newest first");
    const auto options = std::make_shared<letters_options>();
    add_letter_filters(*command, *options);
    command->add_option("--limit", options->limit, "At most so many (default: 100)")
        ->check(CLI::Range(std::size_t{1}, most_rows));
    add_api_options(*command, options->api);
    command->callback([options, &context] {
        context.exit_code = run_api_command(
            options->api, context, [&](const api& api) { return list_letters(*options, context, api); });
    });
}

void add_show(CLI::App& parent, context& context) {
    auto* command = parent.add_subcommand("show", "Shows one dead letter");
    const auto options = std::make_shared<letters_options>();
    command->add_option("ID", options->ids, "Of the dead letter")->required()->expected(1);
    add_api_options(*command, options->api);
    command->callback([options, &context] {
        context.exit_code = run_api_command(options->api, context,
                                            [&](const api& api) { return show_letter(*options, api); });
    });
}

void add_job(CLI::App& parent, context& context, const std::string& kind, bool for_good, const char* does) {
    auto* command = parent.add_subcommand(kind, does);
    const auto options = std::make_shared<letters_options>();
    command->add_option("ID", options->ids, "Of dead letters; without, the filters choose");
    add_letter_filters(*command, *options);
    command->add_flag("--all", options->all, "Every dead letter that the token may see");
    if (for_good) command->add_flag("-y,--yes", options->yes, "Does not ask");
    command->add_flag("--no-wait", options->no_wait, "Prints the job's id and ends");
    add_api_options(*command, options->api);
    command->callback([options, kind, for_good, &context] {
        context.exit_code = check_intent(*options, for_good, context);
        if (context.exit_code != context::done) return;
        context.exit_code = run_api_command(
            options->api, context, [&](const api& api) { return start_job(*options, kind, context, api); });
    });
}

void add_follow(CLI::App& parent, context& context) {
    auto* command = parent.add_subcommand("follow", "Follows a replay or purge to its end");
    const auto options = std::make_shared<letters_options>();
    command->add_option("JOB", options->ids, "Its id")->required()->expected(1);
    add_api_options(*command, options->api);
    command->callback([options, &context] {
        context.exit_code = run_api_command(options->api, context, [&](const api& api) {
            return report_end(*options, follow_job(api, options->ids.front(), context));
        });
    });
}

}  // namespace

void add_dead_letters(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("dead-letters", "Lists, replays and purges dead letters");
    command->require_subcommand(1);
    add_list(*command, context);
    add_show(*command, context);
    add_job(*command, context, "replay", false, "Delivers dead letters anew");
    add_job(*command, context, "purge", true, "Removes dead letters for good");
    add_follow(*command, context);
}

}  // namespace postrider::cli
