#include "command.h"
#include "terminal_text.h"

#include <postrider/cli/program.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>
#include <string>

namespace postrider::cli {

namespace {

// Each failure is one line that steers no terminal, also where the text of a library or of a peer would.
std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    line = printable(line);
    while (!line.empty() && (line.back() == ' ' || line.back() == '.'))
        line.pop_back();
    return line;
}

std::string command_line_of(const CLI::App& program) {
    std::string text = "postrider";
    for (const CLI::App* app = &program; !app->get_subcommands().empty();) {
        app = app->get_subcommands().front();
        text += ' ' + app->get_name();
    }
    return text;
}

}  // namespace

int context::fail(int code, std::string_view message) const {
    streams.err << "postrider: " << on_one_line(message) << '\n' << std::flush;
    return code;
}

int run(int argc, const char* const* argv, const terminal& terminal) {
    context context{.streams = terminal};
    CLI::App program("Delivers webhooks: signed, durable, retried until they are accepted.", "postrider");
    program.require_subcommand(1);
    program.get_formatter()->column_width(34);
    for (const auto add :
         {add_serve, add_check,   add_listen,          add_send,       add_status,       add_ready,
          add_audit, add_changes, add_endpoints,       add_deliveries, add_dead_letters, add_data,
          add_pause, add_resume,  add_verify_endpoint, add_log_level,  add_repartition,  add_secret,
          add_sign,  add_verify,  add_version})
        add(program, context);

    try {
        program.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        terminal.out << program.help() << std::flush;
    } catch (const CLI::Success&) {
    } catch (const CLI::ParseError& error) {
        return context.fail(context::wrong_usage,
                            on_one_line(error.what()) + "; see `" + command_line_of(program) + " --help`");
    }
    return context.exit_code;
}

}  // namespace postrider::cli
