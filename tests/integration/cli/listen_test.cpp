#include "program_process.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>

namespace postrider::cli {
namespace {

constexpr auto secret_text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// `postrider listen` on a free port.
class listening {
 public:
    explicit listening(std::vector<std::string> options = {}) : process(with_port(std::move(options))) {
        const auto line = process.read_line();
        url = line.substr(std::string("listening on ").size());
        port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    }

    /// Sends the bytes over a connection of their own and reads until the other side closes it.
    [[nodiscard]] std::string talk(const std::string& bytes) const {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
        std::string answer;
        std::array<char, 4096> block;
        for (ssize_t count = 1; count > 0;) {
            count = recv(socket, block.data(), block.size(), 0);
            if (count > 0) answer.append(block.data(), static_cast<std::size_t>(count));
        }
        close(socket);
        return answer;
    }

    program_process process;
    std::string url;
    std::uint16_t port = 0;

 private:
    static std::vector<std::string> with_port(std::vector<std::string> options) {
        options.insert(options.begin(), {"listen", "--port", "0"});
        return options;
    }
};

std::string delivery(const std::string& id, const std::string& body, bool right = true) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto timestamp = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    auto signature =
        run_program({"sign", "--secret", secret_text, "--id", id, "--timestamp", timestamp}, body).out;
    signature.pop_back();
    return "POST /hooks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\nConnection: close\r\nwebhook-id: " + id +
           "\r\nwebhook-timestamp: " + timestamp + "\r\nwebhook-signature: " + signature +
           "\r\npostrider-attempt: 3\r\nAuthorization: Bearer hidden\r\n\r\n" +
           (right ? body : std::string(body.size(), ' '));
}

const std::string body =
    R"({"id":"evt_1","type":"case.created","timestamp":"2026-01-31T12:00:00.000Z","data":1.0})";

TEST(listen, verifies_and_shows_a_delivery_and_sums_up_at_the_end) {
    listening receiver({"--secret", secret_text, "--headers"});
    EXPECT_TRUE(receiver.talk(delivery("evt_1", body)).starts_with("HTTP/1.1 200 OK\r\n"));
    const auto line = receiver.process.read_line();
    EXPECT_TRUE(line.starts_with("#1 ")) << line;
    EXPECT_TRUE(line.ends_with(" verified case.created evt_1 attempt 3, 86 bytes, answered 200")) << line;

    receiver.process.signal(SIGINT);
    const auto result = receiver.process.finish();
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out.find("hidden"), std::string::npos) << result.out;
    EXPECT_NE(result.out.find("      \"data\": 1.0\n"), std::string::npos) << result.out;
    EXPECT_TRUE(result.out.ends_with("1 delivery: 1 verified, 0 NOT verified, 0 unchecked\n")) << result.out;
}

TEST(listen, says_that_a_changed_body_does_not_verify) {
    listening receiver({"--secret", secret_text});
    EXPECT_TRUE(receiver.talk(delivery("evt_1", body, false)).starts_with("HTTP/1.1 200 "));
    EXPECT_NE(receiver.process.read_line().find(" NOT-verified ("), std::string::npos);
}

TEST(listen, fails_the_first_attempts_of_each_event_then_answers_as_told) {
    listening receiver({"--fail-first", "1", "--status", "204"});
    EXPECT_TRUE(receiver.talk(delivery("a", body)).starts_with("HTTP/1.1 500 "));
    EXPECT_TRUE(receiver.talk(delivery("b", body)).starts_with("HTTP/1.1 500 "));
    EXPECT_TRUE(receiver.talk(delivery("a", body)).starts_with("HTTP/1.1 204 "));
}

TEST(listen, answers_what_is_no_delivery_with_405_and_what_is_no_http_with_400) {
    listening receiver;
    EXPECT_TRUE(receiver.talk("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .starts_with("HTTP/1.1 405 "));
    EXPECT_TRUE(receiver.talk("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST(listen, ends_at_once_although_an_answer_is_being_delayed) {
    listening receiver({"--delay", "3600000"});
    program_process sender({"send", "case.created", "--url", receiver.url});
    (void)receiver.process.read_line_with("#1 ");
    receiver.process.signal(SIGTERM);
    EXPECT_EQ(receiver.process.finish().code, 0);
    EXPECT_EQ(sender.finish().out, "OK\n");
}

TEST(listen, says_that_a_port_is_taken) {
    listening receiver;
    const auto second = run_program({"listen", "--port", std::to_string(receiver.port)});
    EXPECT_EQ(second.code, 1);
    EXPECT_TRUE(second.err.starts_with("postrider: cannot listen: ")) << second.err;
}

TEST(send, posts_the_data_to_the_byte) {
    listening receiver({"--raw"});
    const auto sent = run_program({"send", "case.created", "--url", receiver.url, "--id", "i", "--data", "-"},
                                  "{ \"n\": 1.50, \"e\": 1e999 }\n");
    EXPECT_EQ(sent.code, 0) << sent.err;
    (void)receiver.process.read_line_with("#1 ");
    EXPECT_EQ(receiver.process.read_line(),
              R"({"type":"case.created","id":"i","data":{ "n": 1.50, "e": 1e999 })");
    EXPECT_EQ(receiver.process.read_line(), "}");
}

TEST(send, explains_a_refusal) {
    listening receiver({"--status", "503"});
    const auto refused = run_program({"send", "case.created", "--url", receiver.url});
    EXPECT_EQ(refused.code, 1);
    EXPECT_TRUE(refused.err.starts_with("postrider: refused with 503")) << refused.err;
}

TEST(send, says_how_to_start_a_daemon_that_is_away) {
    std::string url;
    {
        listening receiver;
        url = receiver.url;
        receiver.process.signal(SIGTERM);
        EXPECT_EQ(receiver.process.finish().code, 0);
    }
    const auto refused = run_program({"send", "case.created", "--url", url});
    EXPECT_EQ(refused.code, 1);
    EXPECT_EQ(refused.err, "postrider: cannot reach " + url +
                               ": connection refused; start it with `postrider serve` or give --url\n");
}

TEST(send, gives_up_at_its_timeout_and_says_that_the_event_may_be_stored) {
    listening receiver({"--delay", "3600000"});
    const auto silent = run_program({"send", "case.created", "--url", receiver.url, "--timeout", "0.05"});
    EXPECT_EQ(silent.code, 1);
    EXPECT_TRUE(silent.err.starts_with("postrider: no answer from " + receiver.url)) << silent.err;
}

TEST(send, waits_for_a_daemon_that_is_not_ready_and_makes_the_repetition_safe) {
    listening receiver({"--status", "503"});
    program_process sender({"send", "case.created", "--url", receiver.url, "--wait", "60"});
    (void)receiver.process.read_line_with("#1 ");
    const auto first = receiver.process.read_line_with("\"id\": \"evt_");
    (void)receiver.process.read_line_with("#2 ");
    EXPECT_EQ(receiver.process.read_line_with("\"id\": "), first);
}

}  // namespace
}  // namespace postrider::cli
