#include "command.h"
#include "data_argument.h"
#include "signature_options.h"

#include <postrider/base/clock.h>
#include <postrider/sign/standard_webhooks.h>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

struct verify_options : signature_options {
    std::string signature;
    std::int64_t tolerance_seconds = 300;
};

int verify_data(const verify_options& options, const context& context) {
    const auto body = read_data(options.data, context.streams.in);
    if (!body) return context.fail(context::wrong_usage, "--data: " + body.error());

    const auto now = std::chrono::floor<std::chrono::seconds>(system_time().wall_now());
    const auto verified =
        sign::verify(secret(options.secret), options.id, options.timestamp, *body, options.signature,
                     now.time_since_epoch().count(), options.tolerance_seconds);
    if (!verified) return context.fail(context::failed, "not verified: " + verified.error());
    context.streams.out << "verified\n";
    return context::done;
}

}  // namespace

void add_verify(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("verify", "Says whether a webhook-signature is right");
    const auto options = std::make_shared<verify_options>();
    add_signature_options(*command, *options);
    command->add_option("--signature", options->signature, "The header webhook-signature")->required();
    command
        ->add_option("--tolerance", options->tolerance_seconds,
                     "How many seconds the timestamp may be off (default: 300)")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{100} * 365 * 86400));
    command->callback([options, &context] { context.exit_code = verify_data(*options, context); });
}

}  // namespace postrider::cli
