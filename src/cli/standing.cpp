#include "api_command.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace postrider::cli {

namespace {

struct standing_options {
    api_options api;
    std::string endpoint;
};

// `move` is the API's name of the change, and the command's.
void add_move(CLI::App& program, context& context, const std::string& move, const char* does) {
    auto* command = program.add_subcommand(move, does);
    const auto options = std::make_shared<standing_options>();
    command->add_option("ENDPOINT", options->endpoint, "Its id")->required();
    add_api_options(*command, options->api);
    command->callback([options, move, &context] {
        context.exit_code = run_api_command(options->api, context, [&](const api& api) -> api_outcome {
            const auto answer =
                api.post("/api/webhooks/" + as_segment(options->endpoint) + '/' + move, json::object());
            if (!answer) return unexpected<api_failure>(answer.error());
            if (options->api.as_json) return for_scripts(*answer);
            return options->endpoint + " is " + answer->value("state", "in no known state") + '\n';
        });
    });
}

}  // namespace

void add_verify_endpoint(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("verify-endpoint", "Sends an endpoint a challenge, now");
    const auto options = std::make_shared<standing_options>();
    command->add_option("ENDPOINT", options->endpoint, "Its id")->required();
    add_api_options(*command, options->api);
    command->callback([options, &context] {
        context.exit_code = run_api_command(options->api, context, [&](const api& api) -> api_outcome {
            const auto answer =
                api.post("/api/webhooks/" + as_segment(options->endpoint) + "/verify", json::object());
            if (!answer) return unexpected<api_failure>(answer.error());
            if (options->api.as_json) return for_scripts(*answer);
            return "sent as " + answer->value("delivery_id", "nothing") +
                   "; `postrider endpoints` shows what came of it\n";
        });
    });
}

void add_pause(CLI::App& program, context& context) {
    add_move(program, context, "pause", "Holds an endpoint's events; none is lost");
}

void add_resume(CLI::App& program, context& context) {
    add_move(program, context, "resume", "Sends again to an endpoint that was paused or disabled");
}

}  // namespace postrider::cli
