#include "signature_options.h"

#include <CLI/CLI.hpp>

namespace postrider::cli {

void add_signature_options(CLI::App& command, signature_options& options) {
    command.add_option("--secret", options.secret, "whsec_... or whsk_...; to verify also whpk_...")
        ->envname("POSTRIDER_SECRET")
        ->required();
    command.add_option("--id", options.id, "The header webhook-id")->required();
    command.add_option("--timestamp", options.timestamp, "The header webhook-timestamp, in seconds")
        ->required()
        ->check([](const std::string& text) {
            const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
            return digits ? std::string() : "'" + text + "' is no time in seconds since 1970";
        });
    command.add_option("--data", options.data, "The body: itself, @FILE, or - for standard input (default)");
}

}  // namespace postrider::cli
