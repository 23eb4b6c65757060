#include "api_command.h"
#include "client_options.h"
#include "fields.h"
#include "table.h"
#include "tone.h"
#include "watch.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <set>
#include <string>

namespace postrider::cli {

namespace {

using lines = std::vector<std::pair<std::string, std::string>>;

constexpr auto alarm_name = "ALARM";
constexpr auto refused_name = "  refused";

void describe_daemon(lines& out, const json& status, wall_time now) {
    if (!status.contains("version")) return;
    out.emplace_back("daemon", "Postrider " + field(status, "version") + ", up " +
                                   age(status, "started_at", now) + ", " + field(status, "shards") +
                                   " shards, " + grouped(status, "in_flight") + " in flight");
    out.emplace_back("store", "Redis " + field(status, "redis") + ", owns " +
                                  field(status, "partitions_owned") + " of " + field(status, "partitions") +
                                  " partitions");
    const auto differing = status.value("partitions_not_adding_up", std::uint64_t{0});
    if (differing > 0)
        out.emplace_back(alarm_name, grouped(differing) + " partitions do not add up; see `postrider audit`");
}

void describe_configuration(lines& out, const json& status, wall_time now) {
    const auto configuration = status.value("configuration", json());
    if (!configuration.is_object()) return;
    std::string files;
    for (const auto& file : configuration.value("files", json::array()))
        files += (files.empty() ? "" : ", ") + file.get<std::string>();
    out.emplace_back("configuration", (files.empty() ? "no file" : files) + ", loaded " +
                                          age(configuration, "loaded_at", now) + " ago");
    for (const auto& fault : configuration.value("last_reload_faults", json::array())) {
        out.emplace_back(refused_name, field(fault, "file") + ':' + field(fault, "line") + ':' +
                                           field(fault, "column") + ": " + field(fault, "message"));
    }
}

/// Silent while everything is sealed with the configured key.
void describe_encryption(lines& out, const json& status) {
    const auto encryption = status.value("encryption", json());
    if (!encryption.is_object()) return;
    for (const auto& key : encryption.value("keys", json::array())) {
        if (key.value("current", false)) continue;
        const bool configured = key.value("configured", false);
        const auto sealed = key.value("sealed", std::uint64_t{0});
        out.emplace_back("old key", field(key, "key_id") + ": " +
                                        (sealed == 0 ? "nothing is sealed with it, it can be taken out"
                                                     : grouped(sealed) + " endpoints are sealed with it") +
                                        (configured ? "" : ", and it is not configured"));
    }
    std::string others;
    for (const auto& name : encryption.value("waits_for", json::array()))
        others += (others.empty() ? "" : ", ") + name.get<std::string>();
    if (!others.empty()) out.emplace_back("other key", "is what these members seal with: " + others);
}

void describe_endpoints(lines& out, const json& status) {
    const auto webhooks = status.value("webhooks", json::object());
    out.emplace_back("endpoints", grouped(webhooks, "total") + ": " + grouped(webhooks, "active") +
                                      " active, " + grouped(webhooks, "paused") + " paused, " +
                                      grouped(webhooks, "disabled") + " disabled, " +
                                      grouped(webhooks, "circuits_not_closed") +
                                      " with a circuit not closed");
    out.emplace_back("deliveries", grouped(webhooks, "queue_depth") + " waiting, " +
                                       grouped(webhooks, "in_flight") + " in flight, " +
                                       grouped(webhooks, "dead_letters") + " dead letters");
}

void describe_totals(lines& out, const json& status) {
    const auto totals = status.value("totals", json());
    if (!totals.is_object()) return;
    std::string text;
    for (const auto& [name, count] : totals.items())
        text += (text.empty() ? "" : ", ") + grouped(totals, name.c_str()) + ' ' + name;
    out.emplace_back("so far", text);
}

std::string circuits_of(const json& status, const terminal& streams) {
    const auto rows = status.value("circuits", json());
    if (!rows.is_array() || rows.empty()) return {};
    table shown({{"ENDPOINT"}, {"CIRCUIT", table::fit::whole, false, true}});
    for (const auto& row : rows)
        shown.add({field(row, "webhook_id"), field(row, "circuit")});
    return '\n' + shown.render(streams.out_columns, streams.out_colours);
}

/// What somebody must see to is red.
std::string paint_alarms(const std::string& list) {
    std::string out;
    for (std::size_t at = 0; at < list.size();) {
        const auto end = list.find('\n', at);
        const auto line = list.substr(at, end - at);
        out +=
            line.starts_with(alarm_name) || line.starts_with(refused_name) ? painted(line, tone::bad) : line;
        out += '\n';
        at = end + 1;
    }
    return out;
}

/// [0, 1, 2, 7] as "0-2, 7".
std::string ranges_of(const json& numbers) {
    std::string text;
    for (std::size_t first = 0; first < numbers.size();) {
        std::size_t last = first;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last].get<std::uint64_t>() + 1)
            ++last;
        text += (text.empty() ? "" : ", ") + numbers[first].dump();
        if (last > first) text += '-' + numbers[last].dump();
        first = last + 1;
    }
    return text;
}

std::string name_of_member(const json& row) {
    if (row.value("name", json()).is_null()) return "(nobody)";
    const bool is_stranger = row.value("since", json()).is_null();
    return field(row, "name") + (row.value("this", false) ? " (this)" : "") + (is_stranger ? " (gone)" : "");
}

/// Who shares the store, and who owns what; with what nobody owns.
std::string members_of(const json& status, wall_time now, std::size_t width) {
    const auto rows = status.value("members", json());
    if (!rows.is_array() || rows.empty()) return {};
    table shown({{"MEMBER", table::fit::cut},
                 {"UP"},
                 {"CONFIGURATION"},
                 {"PARTITIONS", table::fit::whole, true},
                 {"WHICH", table::fit::cut}});
    std::set<std::string> configurations;
    for (const auto& row : rows) {
        const bool is_member = !row.value("since", json()).is_null();
        shown.add({name_of_member(row), is_member ? age(row, "since", now) : "-",
                   is_member ? field(row, "config_hash") : "-", field(row, "partitions"),
                   ranges_of(row.value("owns", json::array()))});
        if (is_member) configurations.insert(field(row, "config_hash"));
    }
    return '\n' + shown.render(width) +
           (configurations.size() > 1 ? "The members' configurations differ.\n" : "");
}

std::string as_text(const json& status, const terminal& streams) {
    const auto now = system_time().wall_now();
    lines summary;
    describe_daemon(summary, status, now);
    describe_configuration(summary, status, now);
    describe_encryption(summary, status);
    describe_endpoints(summary, status);
    describe_totals(summary, status);
    const auto list = list_of(summary);
    return (streams.out_colours ? paint_alarms(list) : list) + members_of(status, now, streams.out_columns) +
           circuits_of(status, streams);
}

struct status_options {
    api_options api;
    bool watches = false;
    double every = 2;
};

}  // namespace

void add_status(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("status", "Shows the daemon, its store and what waits");
    const auto options = std::make_shared<status_options>();
    auto* watches = command->add_flag("--watch", options->watches, "Shows it again and again, until Ctrl-C");
    command->add_option("--every", options->every, "Seconds between (default: 2)")
        ->needs(watches)
        ->check(CLI::Range(0.1, 3600.0));
    add_api_options(*command, options->api);
    command->get_option("--json")->excludes(watches);
    command->callback([options, &context] {
        const auto asking = [&](const api& api) -> api_outcome {
            const auto status = api.get("/api/status");
            if (!status) return unexpected<api_failure>(status.error());
            return options->api.as_json ? for_scripts(*status) : as_text(*status, context.streams);
        };
        context.exit_code = options->watches
                                ? watch(options->api, context, milliseconds_of(options->every), asking)
                                : run_api_command(options->api, context, asking);
    });
}

}  // namespace postrider::cli
