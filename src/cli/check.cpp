#include "command.h"

#include <postrider/config/config.h>
#include <postrider/daemon/listener_tls.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace postrider::cli {

namespace {

bool check_file(const std::string& file, const config::environment& environment, const terminal& streams) {
    const auto loaded = config::load(file, environment);
    if (!loaded) {
        for (const auto& fault : loaded.error())
            streams.err << fault.to_string() << '\n';
        return false;
    }
    if (const auto tls = daemon::make_listener_tls(*loaded); !tls) {
        streams.err << tls.error().to_string() << '\n';
        return false;
    }
    for (auto warning : loaded->warnings) {
        warning.message.insert(0, "warning: ");
        streams.err << warning.to_string() << '\n';
    }
    const auto count = loaded->endpoints.size();
    streams.out << file << ": ok, " << count << (count == 1 ? " endpoint\n" : " endpoints\n");
    return true;
}

}  // namespace

void add_check(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("check", "Validates configuration and shows every fault in it");
    const auto files = std::make_shared<std::vector<std::string>>();
    command->add_option("FILE", *files, "Configuration files, each with what it includes")->required();
    command->callback([files, &context] {
        const auto environment = config::process_environment();
        for (const auto& file : *files)
            if (!check_file(file, environment, context.streams)) context.exit_code = context::wrong_usage;
    });
}

}  // namespace postrider::cli
