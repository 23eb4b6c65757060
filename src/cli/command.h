#pragma once

#include <postrider/cli/program.h>

#include <string_view>

namespace CLI {
class App;
}

namespace postrider::cli {

/// What a command is given and what it leaves behind. Lives as long as the run.
struct context {
    terminal streams;
    int exit_code = 0;

    static constexpr int done = 0;
    static constexpr int failed = 1;
    static constexpr int wrong_usage = 2;

    /// Writes `postrider: MESSAGE` as one line and gives `code`.
    int fail(int code, std::string_view message) const;
};

// Each adds one command, with its options, to the program; the command runs when the arguments named it.
void add_serve(CLI::App& program, context& context);
void add_check(CLI::App& program, context& context);
void add_listen(CLI::App& program, context& context);
void add_send(CLI::App& program, context& context);
void add_status(CLI::App& program, context& context);
void add_ready(CLI::App& program, context& context);
void add_audit(CLI::App& program, context& context);
void add_changes(CLI::App& program, context& context);
void add_endpoints(CLI::App& program, context& context);
void add_deliveries(CLI::App& program, context& context);
void add_dead_letters(CLI::App& program, context& context);
void add_data(CLI::App& program, context& context);
void add_pause(CLI::App& program, context& context);
void add_resume(CLI::App& program, context& context);
void add_log_level(CLI::App& program, context& context);
void add_verify_endpoint(CLI::App& program, context& context);
void add_repartition(CLI::App& program, context& context);
void add_secret(CLI::App& program, context& context);
void add_sign(CLI::App& program, context& context);
void add_verify(CLI::App& program, context& context);
void add_version(CLI::App& program, context& context);

}  // namespace postrider::cli
