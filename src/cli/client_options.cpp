#include "client_options.h"

#include <CLI/CLI.hpp>

namespace postrider::cli {

void add_client_options(CLI::App& command, client_options& options) {
    command.add_option("--url", options.url, "Where the daemon is (default: http://127.0.0.1:8081)")
        ->envname("POSTRIDER_URL");
    command.add_option("--token", options.token, "A token of access.tokens")->envname("POSTRIDER_TOKEN");
    command.add_option("--ca-file", options.ca_file, "Authorities for an https URL, PEM")
        ->envname("POSTRIDER_CA_FILE");
    auto* const certificate =
        command.add_option("--cert-file", options.cert_file, "Certificate to show, for an https URL, PEM")
            ->envname("POSTRIDER_CERT_FILE");
    command.add_option("--key-file", options.key_file, "Its key (default: in --cert-file too)")
        ->envname("POSTRIDER_KEY_FILE")
        ->needs(certificate);
    command
        .add_option_function<double>(
            "--timeout", [&options](double seconds) { options.timeout = milliseconds_of(seconds); },
            "Seconds for one request (default: 30)")
        ->check(CLI::Range(0.001, 3600.0));
}

milliseconds milliseconds_of(double seconds) {
    return milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace postrider::cli
