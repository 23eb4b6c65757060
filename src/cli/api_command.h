#pragma once

#include "api.h"
#include "command.h"

#include <functional>
#include <initializer_list>
#include <string>

namespace postrider::cli {

/// What the commands over the management API have in common.
struct api_options {
    client_options client;
    bool as_json = false;
};

/// Adds `--json` and the options of a client.
void add_api_options(CLI::App& command, api_options& options);

/// An option that passes its value on as a parameter of the query.
struct filter_option {
    const char* parameter;  ///< the API's name
    const char* option;
    const char* description;
};

/// Adds such options; what is given is appended to `filters`, which lives as long as the command.
void add_filters(CLI::App& command, query& filters, std::initializer_list<filter_option> options);

/// What a command prints, or why it failed.
using api_outcome = expected<std::string, api_failure>;

/// Runs `asking` with a client for the daemon, prints what it gives, and gives the exit code.
int run_api_command(const api_options& options, const context& context,
                    const std::function<api_outcome(const api&)>& asking);

/// An answer for scripts: laid out over lines, in ASCII, so that nothing in it steers a terminal.
[[nodiscard]] std::string for_scripts(const json& answer);

/// The most rows that `--limit` takes.
inline constexpr std::size_t most_rows = 1'000'000;
/// Rows of a list without `--limit`.
inline constexpr std::size_t usual_rows = 100;

/// Tells on the error stream that there are more rows than the limit.
void tell_more(const context& context, const rows& rows);

}  // namespace postrider::cli
