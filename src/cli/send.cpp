#include "send.h"

#include "command.h"
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
    double timeout_seconds = 30;
    double wait_seconds = 0;
};

bool worth_waiting_for(const expected<daemon_answer, std::string>& answer) {
    return !answer || answer->status == 503;
}

// While the daemon is away or not ready, asks again until the time is over.
expected<daemon_answer, std::string> post_event(const daemon_client& client, const std::string& body,
                                                milliseconds longest_wait) {
    const auto give_up = system_time().monotonic_now() + longest_wait;
    auto answer = client.post("/api/events", body);
    while (worth_waiting_for(answer) && system_time().monotonic_now() + pause_between_tries < give_up) {
        std::this_thread::sleep_for(pause_between_tries);
        answer = client.post("/api/events", body);
    }
    return answer;
}

milliseconds from_seconds(double seconds) {
    return milliseconds(static_cast<std::int64_t>(seconds * 1000));
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
    options.client.timeout = from_seconds(options.timeout_seconds);
    const auto client = daemon_client::make(options.client);
    if (!client) return context.fail(context::wrong_usage, client.error());

    const auto answer = post_event(*client, render_event(options.event), from_seconds(options.wait_seconds));
    if (!answer) return context.fail(context::failed, answer.error());
    if (answer->status < 200 || answer->status > 299)
        return context.fail(context::failed, explain_refusal(*answer));
    context.streams.out << answer->body << (answer->body.ends_with('\n') ? "" : "\n");
    return context::done;
}

void add_client_options(CLI::App& command, send_options& options) {
    command.add_option("--url", options.client.url, "Where the daemon is (default: http://127.0.0.1:8081)")
        ->envname("POSTRIDER_URL");
    command.add_option("--token", options.client.token, "With the scope ingest or admin")
        ->envname("POSTRIDER_TOKEN");
    command.add_option("--ca-file", options.client.ca_file, "Authorities for an https URL, PEM")
        ->envname("POSTRIDER_CA_FILE");
    command.add_option("--timeout", options.timeout_seconds, "Seconds for one try (default: 30)")
        ->check(CLI::Range(0.001, 3600.0));
    command
        .add_option("--wait", options.wait_seconds,
                    "Asks again for so many seconds while the daemon is away or not ready")
        ->check(CLI::Range(0.0, 3600.0));
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

std::string explain_refusal(const daemon_answer& answer) {
    std::string text = "refused with " + std::to_string(answer.status);
    const auto code = string_member(answer.body, "code");
    const auto detail = string_member(answer.body, "detail");
    if (!code.empty()) text += ' ' + code;
    if (!detail.empty()) text += ": " + detail;
    if (code.empty() && detail.empty()) text += ", not by Postrider as it seems; is --url right?";
    if (answer.status == 401 || answer.status == 403)
        text += "; give a token with --token or POSTRIDER_TOKEN";
    if (!answer.retry_after.empty()) text += "; try again in " + answer.retry_after + " s";
    return text;
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
    add_client_options(*command, *options);
    command->callback([options, &context] { context.exit_code = send_event(*options, context); });
}

}  // namespace postrider::cli
