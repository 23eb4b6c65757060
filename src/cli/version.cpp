#include "command.h"

#include <postrider/base/version.h>

#include <CLI/CLI.hpp>
#include <openssl/crypto.h>

#include <ostream>

namespace postrider::cli {

namespace {

void print_versions(std::ostream& out) {
    out << "postrider " << version() << " (" << commit() << ")\n"
        << "Boost " POSTRIDER_BOOST_VERSION "\n"
        << "OpenSSL " << OpenSSL_version(OPENSSL_VERSION_STRING) << '\n'  // of the library that is loaded
        << "hiredis " POSTRIDER_HIREDIS_VERSION
           "\n"
           "c-ares " POSTRIDER_CARES_VERSION
           "\n"
           "yaml-cpp " POSTRIDER_YAML_VERSION
           "\n"
           "nlohmann-json " POSTRIDER_JSON_VERSION
           "\n"
           "spdlog " POSTRIDER_SPDLOG_VERSION
           "\n"
           "prometheus-cpp " POSTRIDER_PROMETHEUS_VERSION
           "\n"
           "CLI11 " CLI11_VERSION "\n";
}

}  // namespace

void add_version(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("version", "Prints the versions of Postrider and its libraries");
    command->callback([&context] { print_versions(context.streams.out); });
}

}  // namespace postrider::cli
