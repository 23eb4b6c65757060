#include "api_command.h"
#include "fields.h"
#include "table.h"
#include "terminal_text.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace postrider::cli {

namespace {

struct deliveries_options {
    api_options api;
    std::string endpoint;
    std::string id;
    std::string status;
    bool parked = false;
    std::string event_type;
    std::string before;
    std::string after;
    std::size_t limit = usual_rows;
};

constexpr auto margin = "    ";

std::string when(const json& row, wall_time now) {
    const auto next = age(row, "next_attempt_at", now);
    return next != "-" ? next : age(row, "delivered_at", now);
}

/// A word for what waits for another delivery and not for its turn.
std::string standing_of(const json& row) {
    return row.value("parked", false) ? "parked" : field(row, "status");
}

std::string deliveries_table(const json& rows, const terminal& streams) {
    using fit = table::fit;
    table shown({{"DELIVERY"},
                 {"STATUS", fit::whole, false, true},
                 {"SENDS", fit::whole, true},
                 {"CODE", fit::whole, true},
                 {"WHEN", fit::whole, true},
                 {"TYPE", fit::cut},
                 {"ERROR", fit::dropped},
                 {"EVENT", fit::dropped}});
    const auto now = system_time().wall_now();
    for (const auto& row : rows) {
        shown.add({field(row, "id"), standing_of(row), field(row, "attempts"), field(row, "response_code"),
                   when(row, now), field(row, "event_type"), field(row, "error"), field(row, "event_id")});
    }
    return shown.render(streams.out_columns, streams.out_colours);
}

void append_headers(std::string& out, const json& attempt, const char* name, const char* direction) {
    const auto headers = attempt.find(name);
    if (headers == attempt.end() || !headers->is_object()) return;
    for (const auto& [header, value] : headers->items())
        out += margin + std::string(direction) + ' ' + printable(header) + ": " +
               printable(value.is_string() ? value.get<std::string>() : value.dump()) + '\n';
}

std::string attempt_line(const json& attempt) {
    std::string line = "attempt " + field(attempt, "attempt") + "  " + field(attempt, "at") + "  " +
                       field(attempt, "outcome");
    if (const auto code = field(attempt, "response_code"); code != "-") line += "  " + code;
    if (const auto took = field(attempt, "response_time_ms"); took != "-") line += "  " + took + " ms";
    if (const auto error = field(attempt, "error"); error != "-") line += "  " + error;
    if (const auto wait = field(attempt, "retry_in_ms"); wait != "-") line += "; again in " + wait + " ms";
    if (const auto trace = field(attempt, "trace_id"); trace != "-")
        line += "  trace " + trace + " span " + field(attempt, "span_id");
    return printable(line) + '\n';
}

void append_body(std::string& out, const json& attempt) {
    const auto body = field(attempt, "response_body");
    if (body == "-" || body.empty()) return;
    std::string_view rest = body;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        out += margin + printable(rest.substr(0, end)) + '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

std::string as_story(const json& delivery) {
    std::vector<std::pair<std::string, std::string>> lines;
    for (const auto* name : {"id", "status", "event_id", "event_type", "webhook_id", "accepted_at",
                             "attempts", "next_attempt_at", "delivered_at", "error"}) {
        if (const auto value = field(delivery, name); value != "-") lines.emplace_back(name, value);
    }
    auto out = list_of(lines);
    const auto attempts = delivery.value("attempts_made", json::array());
    for (const auto& attempt : attempts) {
        out += '\n' + attempt_line(attempt);
        append_headers(out, attempt, "request_headers", ">");
        append_headers(out, attempt, "response_headers", "<");
        append_body(out, attempt);
    }
    return out;
}

api_outcome show_one(const deliveries_options& options, const api& api) {
    const auto found = api.get("/api/deliveries/" + as_segment(options.id));
    if (!found) return unexpected<api_failure>(found.error());
    return options.api.as_json ? for_scripts(*found) : as_story(*found);
}

api_outcome show_list(const deliveries_options& options, const context& context, const api& api) {
    const auto found = api.list("/api/webhooks/" + as_segment(options.endpoint) + "/deliveries", "deliveries",
                                {{"status", options.status},
                                 {"parked", options.parked ? "true" : ""},
                                 {"event_type", options.event_type},
                                 {"before", options.before},
                                 {"after", options.after}},
                                options.limit);
    if (!found) return unexpected<api_failure>(found.error());
    tell_more(context, *found);
    if (options.api.as_json) return for_scripts({{"deliveries", found->array}});
    if (found->array.empty()) return "No delivery\n";
    return deliveries_table(found->array, context.streams);
}

}  // namespace

void add_deliveries(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("deliveries", "Lists an endpoint's deliveries, or shows one");
    const auto options = std::make_shared<deliveries_options>();
    auto* endpoint = command->add_option("ENDPOINT", options->endpoint, "Its id");
    command->add_option("--id", options->id, "Shows this delivery with each attempt")->excludes(endpoint);
    command->add_option("--status", options->status, "Only those")
        ->check(CLI::IsMember({"pending", "delivering", "retrying", "delivered", "dead", "expired"}));
    command->add_flag("--parked", options->parked,
                      "Only those that wait behind another of their ordering key");
    command->add_option("--type", options->event_type, "Only of this event type");
    command->add_option("--before", options->before, "Only with a last attempt before; RFC 3339");
    command->add_option("--after", options->after, "Only with a last attempt after; RFC 3339");
    command->add_option("--limit", options->limit, "At most so many (default: 100)")
        ->check(CLI::Range(std::size_t{1}, most_rows));
    add_api_options(*command, options->api);
    command->callback([options, &context] {
        if (options->id.empty() && options->endpoint.empty()) {
            context.exit_code = context.fail(
                context::wrong_usage, "an ENDPOINT is needed, or --id; see `postrider deliveries --help`");
            return;
        }
        context.exit_code = run_api_command(options->api, context, [&](const api& api) {
            return options->id.empty() ? show_list(*options, context, api) : show_one(*options, api);
        });
    });
}

}  // namespace postrider::cli
