#include <postrider/base/secret.h>
#include <postrider/cli/program.h>
#include <postrider/sign/standard_webhooks.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace postrider::cli {
namespace {

struct result {
    int code = 0;
    std::string out;
    std::string err;
};

result run_program(std::vector<const char*> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), "postrider");
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const int code = run(static_cast<int>(arguments.size()), arguments.data(), {in, out, err});
    return {code, out.str(), err.str()};
}

constexpr auto known_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr auto known_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr auto known_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr auto known_body = R"({"test": 2432232314})";

TEST(program, wrong_usage_is_2_and_one_line_that_says_what_to_do) {
    const std::vector<std::vector<const char*>> wrong = {
        {},
        {"frobnicate"},
        {"serve", "--frobnicate"},
        {"serve", "--log-format", "xml"},
        {"serve", "--shards", "-1"},
        {"check"},
        {"listen", "--port", "65536"},
        {"listen", "--status", "99"},
        {"listen", "--delay", "-1"},
        {"listen", "--fail-first", "many"},
        {"listen", "--secret", "whsec_short"},
        {"send"},
        {"send", "a", "b"},
        {"send", "a", "--data", "{"},
        {"send", "a", "--data", "@/nonexistent"},
        {"send", "a", "--url", "localhost"},
        {"status", "--url", "localhost"},
        {"status", "--every", "2"},
        {"status", "--watch", "--every", "0"},
        {"status", "--watch", "--json"},
        {"log-level", "loud"},
        {"log-level", "--sampling", "1.5"},
        {"endpoints", "--state", "odd"},
        {"deliveries"},
        {"deliveries", "hook", "--id", "del_1"},
        {"deliveries", "hook", "--limit", "0"},
        {"deliveries", "hook", "--status", "gone"},
        {"dead-letters"},
        {"dead-letters", "show"},
        {"dead-letters", "list", "--limit", "1000001"},
        {"dead-letters", "replay"},
        {"dead-letters", "replay", "dl_1", "--all"},
        {"dead-letters", "replay", "dl_1", "--type", "a"},
        {"dead-letters", "purge", "--all"},  // nobody is there to be asked
        {"dead-letters", "follow"},
        {"pause"},
        {"resume", "a", "b"},
        {"secret"},
        {"secret", "old"},
        {"sign"},
        {"sign", "--secret", "nonsense", "--id", "a", "--timestamp", "1", "--data", ""},
        {"sign", "--secret", known_secret, "--id", "a", "--timestamp", "today"},
        {"verify", "--secret", known_secret, "--id", "a", "--timestamp", "1"},
        {"version", "now"},
    };
    for (const auto& arguments : wrong) {
        const auto [code, out, err] = run_program(arguments);
        const std::string shown =
            arguments.empty() ? "nothing" : arguments.front() + std::string("...") + arguments.back();
        EXPECT_EQ(code, 2) << shown;
        EXPECT_EQ(out, "") << shown;
        EXPECT_TRUE(err.starts_with("postrider: ")) << shown << ": " << err;
        EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << shown << ": " << err;
    }
}

TEST(program, help_is_no_failure) {
    for (const auto* command : {"serve", "check", "listen", "send", "status", "ready", "audit", "changes",
                                "endpoints", "deliveries", "dead-letters", "pause", "resume", "repartition",
                                "secret", "sign", "verify", "version"}) {
        EXPECT_NE(run_program({"--help"}).out.find(command), std::string::npos);
        const auto [code, out, err] = run_program({command, "--help"});
        EXPECT_EQ(code, 0);
        EXPECT_NE(out.find("Usage: postrider " + std::string(command)), std::string::npos) << out;
        EXPECT_EQ(err, "");
    }
}

TEST(program, signs_the_known_answer) {
    std::vector<const char*> arguments = {"sign",   "--secret",    known_secret, "--id",
                                          known_id, "--timestamp", "1614265330"};
    EXPECT_EQ(run_program(arguments, known_body).out, std::string(known_signature) + '\n');
    arguments.insert(arguments.end(), {"--data", known_body});
    EXPECT_EQ(run_program(arguments).out, std::string(known_signature) + '\n');
}

TEST(program, verifies_the_known_answer_within_its_tolerance) {
    std::vector<const char*> arguments = {"verify",     "--secret",    known_secret,
                                          "--id",       known_id,      "--timestamp",
                                          "1614265330", "--signature", known_signature};
    const auto old = run_program(arguments, known_body);
    EXPECT_EQ(old.code, 1);
    EXPECT_TRUE(old.err.starts_with("postrider: not verified: ")) << old.err;
    arguments.insert(arguments.end(), {"--tolerance", "3000000000"});
    const auto verified = run_program(arguments, known_body);
    EXPECT_EQ(verified.code, 0);
    EXPECT_EQ(verified.out, "verified\n");
    EXPECT_EQ(run_program(arguments, "{}").code, 1);
}

TEST(program, makes_secrets_that_sign) {
    const auto made = run_program({"secret", "new"});
    EXPECT_EQ(made.code, 0);
    EXPECT_TRUE(sign::signing_key::parse(secret(made.out.substr(0, made.out.size() - 1)))) << made.out;
    EXPECT_NE(made.out, run_program({"secret", "new"}).out);

    const auto pair = run_program({"secret", "new", "--ed25519"}).out;
    EXPECT_TRUE(pair.starts_with("whsk_"));
    EXPECT_TRUE(sign::signing_key::parse(secret(pair.substr(0, pair.find('\n')))));
    EXPECT_NE(pair.find("\nwhpk_"), std::string::npos);
}

TEST(program, tells_versions) {
    const auto [code, out, err] = run_program({"version"});
    EXPECT_EQ(code, 0);
    for (const auto* name : {"postrider 0.", "Boost 1.", "OpenSSL 3.", "hiredis ", "c-ares 1.", "yaml-cpp 0.",
                             "spdlog 1.", "nlohmann-json 3.", "prometheus-cpp 1."})
        EXPECT_NE(out.find(name), std::string::npos) << name << '\n' << out;
}

}  // namespace
}  // namespace postrider::cli
