#include "command.h"
#include "data_argument.h"
#include "signature_options.h"

#include <postrider/sign/standard_webhooks.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace postrider::cli {

namespace {

int sign_data(const signature_options& options, const context& context) {
    auto key = sign::signing_key::parse(secret(options.secret));
    if (!key) return context.fail(context::wrong_usage, "--secret: " + key.error());
    const auto body = read_data(options.data, context.streams.in);
    if (!body) return context.fail(context::wrong_usage, "--data: " + body.error());

    std::string header;
    key->append_signature(options.id, options.timestamp, *body, header);
    context.streams.out << header << '\n';
    return context::done;
}

}  // namespace

void add_sign(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("sign", "Prints the webhook-signature of a body");
    const auto options = std::make_shared<signature_options>();
    add_signature_options(*command, *options);
    command->callback([options, &context] { context.exit_code = sign_data(*options, context); });
}

}  // namespace postrider::cli
