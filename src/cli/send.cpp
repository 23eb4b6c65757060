#include "send.h"

#include "client_options.h"
#include "command.h"
#include "daemon_client.h"
#include "data_argument.h"
#include "json_layout.h"

#include <postrider/base/random.h>
#include <postrider/http/message.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>
#include <thread>

namespace postrider::cli {

namespace {

constexpr milliseconds pause_between_tries{100};

struct send_options {
    client_options client;
    event_options event;
    double wait_seconds = 0;
};

using event_answer = expected<daemon_answer, no_answer>;

bool worth_waiting_for(const event_answer& answer) {
    return !answer || answer->status == 503;
}

// While the daemon is away or not ready, asks again until the time is over.
event_answer post_event(const daemon_client& client, const std::string& body, milliseconds longest_wait) {
    const daemon_request request{.method = "POST", .path = "/api/events", .body = body};
    const auto give_up = system_time().monotonic_now() + longest_wait;
    auto answer = client.ask(request);
    while (worth_waiting_for(answer) && system_time().monotonic_now() + pause_between_tries < give_up) {
        std::this_thread::sleep_for(pause_between_tries);
        answer = client.ask(request);
    }
    return answer;
}

// A repeated event with the same id is stored once.
std::string explain_loss(const no_answer& lost) {
    return lost.text + (lost.sent ? "; the event may be stored, and with --id repeating it is safe" : "");
}

int send_event(send_options options, const context& context) {
    auto data = read_data(options.event.data, context.streams.in);
    if (!data) return context.fail(context::wrong_usage, "--data: " + data.error());
    if (!is_json(*data))
        return context.fail(context::wrong_usage, "--data is not JSON; a text needs its quotes: '\"text\"'");
    options.event.data = std::move(*data);
    if (options.event.id.empty() && options.wait_seconds > 0) {
        // A 503 may have stored the event; with an id, asking again is safe.
        system_random random;
        options.event.id = "evt_" + random_id(random);
    }
    const auto client = daemon_client::make(options.client);
    if (!client) return context.fail(context::wrong_usage, client.error());

    const auto answer =
        post_event(*client, render_event(options.event), milliseconds_of(options.wait_seconds));
    if (!answer) return context.fail(context::failed, explain_loss(answer.error()));
    if (answer->status < 200 || answer->status > 299)
        return context.fail(context::failed, explain_refusal(*answer));
    context.streams.out << answer->body << (answer->body.ends_with('\n') ? "" : "\n");
    return context::done;
}

}  // namespace

std::string render_event(const event_options& event) {
    std::string body = "{\"type\":";
    http::append_json_string(body, event.type);
    const std::pair<const char*, const std::string&> optional[] = {
        {",\"id\":", event.id}, {",\"key\":", event.key}, {",\"tenant\":", event.tenant}};
    for (const auto& [name, value] : optional) {
        if (value.empty()) continue;
        body += name;
        http::append_json_string(body, value);
    }
    return body.append(",\"data\":").append(event.data) + '}';
}

void add_send(CLI::App& program, context& context) {
    auto* command = program.add_subcommand("send", "Posts one event to a running daemon");
    const auto options = std::make_shared<send_options>();
    auto& event = options->event;
    command->add_option("TYPE", event.type, "Such as case.created")->required();
    command->add_option("--data", event.data,
                        "The event's data: JSON, @FILE, or - for standard input (default: {})");
    command->add_option("--id", event.id, "Makes repeating safe: the same id is stored once");
    command->add_option("--key", event.key, "Ordering key");
    command->add_option("--tenant", event.tenant, "Whose event it is");
    add_client_options(*command, options->client);
    command
        ->add_option("--wait", options->wait_seconds,
                     "Asks again for so many seconds while the daemon is away or not ready")
        ->check(CLI::Range(0.0, 3600.0));
    command->callback([options, &context] { context.exit_code = send_event(*options, context); });
}

}  // namespace postrider::cli
