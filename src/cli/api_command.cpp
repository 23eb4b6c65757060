#include "api_command.h"

#include "client_options.h"
#include "fields.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace postrider::cli {

void add_api_options(CLI::App& command, api_options& options) {
    command.add_flag("--json", options.as_json, "For scripts: the API's JSON, all pages as one");
    add_client_options(command, options.client);
}

void add_filters(CLI::App& command, query& filters, std::initializer_list<filter_option> options) {
    for (const filter_option& one : options) {
        command.add_option_function<std::string>(
            one.option,
            [&filters, parameter = std::string(one.parameter)](const std::string& value) {
                filters.emplace_back(parameter, value);
            },
            one.description);
    }
}

int run_api_command(const api_options& options, const context& context,
                    const std::function<api_outcome(const api&)>& asking) {
    auto client = daemon_client::make(options.client);
    if (!client) return context.fail(context::wrong_usage, client.error());
    const auto outcome = asking(api(std::move(*client)));
    if (!outcome) return context.fail(context::failed, outcome.error().text);
    context.streams.out << *outcome << std::flush;
    return context::done;
}

std::string for_scripts(const json& answer) {
    return answer.dump(2, ' ', true) + '\n';
}

void tell_more(const context& context, const rows& rows) {
    if (!rows.has_more) return;
    context.streams.err << "There are more than these " << grouped(rows.array.size())
                        << "; see --limit and the filters\n";
}

}  // namespace postrider::cli
