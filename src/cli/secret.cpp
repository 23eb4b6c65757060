#include "command.h"

#include <postrider/sign/standard_webhooks.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

void print_new_secret(bool ed25519, std::ostream& out) {
    system_random random;
    if (!ed25519) {
        out << sign::make_hmac_secret(random).reveal() << '\n';
        return;
    }
    const auto pair = sign::make_ed25519_pair(random);
    out << pair.private_key.reveal() << '\n' << pair.public_key << '\n';
}

}  // namespace

void add_secret(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("secret", "Secrets that sign deliveries");
    command->require_subcommand(1);
    auto* make = command->add_subcommand("new", "Prints a new secret, made from the kernel's randomness");
    const auto ed25519 = std::make_shared<bool>(false);
    make->add_flag("--ed25519", *ed25519, "A pair: whsk_... for the daemon, then whpk_... for the receiver");
    make->callback([ed25519, &context] { print_new_secret(*ed25519, context.streams.out); });
}

}  // namespace postrider::cli
