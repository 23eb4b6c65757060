#include "program_process.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace postrider::cli {
namespace {

const std::vector<std::string> known_header = {"--secret",    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                               "--id",        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                               "--timestamp", "1614265330"};
const std::string known_body = R"({"test": 2432232314})";
const std::string known_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

program_process::result with_known(const std::string& command, std::vector<std::string> more = {},
                                   const std::string& input = known_body) {
    more.insert(more.begin(), known_header.begin(), known_header.end());
    more.insert(more.begin(), command);
    return run_program(more, input);
}

TEST(offline, signs_and_verifies_the_known_answer) {
    const auto signature = with_known("sign");
    EXPECT_EQ(signature.code, 0);
    EXPECT_EQ(signature.out, known_signature + "\n");
    const auto verified = with_known("verify", {"--signature", known_signature, "--tolerance", "3000000000"});
    EXPECT_EQ(verified.code, 0) << verified.err;
    EXPECT_EQ(verified.out, "verified\n");
}

TEST(offline, one_more_byte_is_not_verified) {
    const auto result = with_known("verify", {"--signature", known_signature, "--tolerance", "3000000000"},
                                   known_body + '\n');
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(result.err.starts_with("postrider: not verified: ")) << result.err;
}

TEST(offline, what_one_key_of_a_pair_signs_the_other_verifies) {
    const auto pair = run_program({"secret", "new", "--ed25519"}).out;
    const auto private_key = pair.substr(0, pair.find('\n'));
    const auto public_key = pair.substr(pair.find('\n') + 1, pair.rfind('\n') - pair.find('\n') - 1);
    auto header =
        run_program({"sign", "--secret", private_key, "--id", "a", "--timestamp", "1", "--data", "x"}).out;
    ASSERT_TRUE(header.starts_with("v1a,")) << header;
    header.pop_back();
    const auto verified = run_program({"verify", "--secret", public_key, "--id", "a", "--timestamp", "1",
                                       "--data", "x", "--signature", header, "--tolerance", "3000000000"});
    EXPECT_EQ(verified.out, "verified\n") << verified.err;
}

TEST(offline, wrong_usage_is_2) {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{}, {"sing"}, {"sign"}, {"listen", "--port", "x"}}) {
        const auto result = run_program(arguments);
        EXPECT_EQ(result.code, 2);
        EXPECT_EQ(result.out, "");
        EXPECT_TRUE(result.err.starts_with("postrider: ")) << result.err;
    }
}

TEST(offline, version_is_the_first_line) {
    const auto result = run_program({"version"});
    EXPECT_EQ(result.code, 0);
    EXPECT_TRUE(result.out.starts_with("postrider ")) << result.out;
}

class check_test : public testing::Test {
 protected:
    check_test() {
        std::string name = (std::filesystem::path(testing::TempDir()) / "postrider-check-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~check_test() override { std::filesystem::remove_all(directory_); }

    std::string write(const std::string& name, const std::string& text) const {
        const auto path = (directory_ / name).string();
        std::ofstream(path) << text;
        return path;
    }

    std::filesystem::path directory_;
};

TEST_F(check_test, says_ok_with_the_number_of_endpoints) {
    const auto file = write("good.yaml",
                            "webhook:\n  url: https://partner.example.org/hooks\n  events: [\"**\"]\n"
                            "  secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    const auto result = run_program({"check", file});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(result.out, file + ": ok, 1 endpoint\n");
}

TEST_F(check_test, shows_every_fault_of_every_file_with_its_place) {
    const auto good = write("good.yaml", "limits: {max_batch_events: 10}\n");
    const auto bad = write("bad.yaml", "limitz: {}\nlimits:\n  max_batch_events: many\n");
    const auto result = run_program({"check", bad, good, (directory_ / "missing.yaml").string()});
    EXPECT_EQ(result.code, 2);
    EXPECT_EQ(result.out, good + ": ok, 0 endpoints\n");
    EXPECT_NE(result.err.find(bad + ":1:1: "), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(bad + ":3:21: "), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("missing.yaml"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace postrider::cli
