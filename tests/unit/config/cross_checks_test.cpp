#include "folder.h"
#include "pem_pair.h"

namespace postrider::config {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

/// Defaults from column 3 of line 2, and an endpoint with `own` from column 3 of line 5.
std::string both(const std::string& defaults, const std::string& own) {
    return "defaults:\n  " + defaults +
           "\nwebhooks:\n- {id: a, url: \"https://h.org/\", events: [x], secret: " + good_secret + ",\n  " +
           own + "}\n";
}

struct halves {
    std::string defaults;
    std::string own;
};

TEST(ConfigCrossChecks, DefaultsMayBeAHalfThatTheEndpointCompletes) {
    const folder files;
    const auto pair = make_pem_pair();
    files.write("cert.pem", pair.certificate);
    files.write("key.pem", pair.key);
    files.write("other.pem", make_pem_pair().key);
    const std::vector<halves> table{
        {"rate_limit: {burst: 5}", "rate_limit: {requests_per_second: 2}"},
        {"circuit_breaker: {max_recovery_timeout_seconds: 5}",
         "circuit_breaker: {recovery_timeout_seconds: 1}"},
        {"circuit_breaker: {recovery_timeout_seconds: 60, max_recovery_timeout_seconds: 5}",
         "circuit_breaker: {max_recovery_timeout_seconds: 60}"},
        {"circuit_breaker: {recovery_timeout_seconds: 600}", "enabled: true"},
        {"auto_disable: {warn_after_seconds: 500000}", "auto_disable: {after_seconds: 600000}"},
        {"auto_disable: {after_seconds: 5, warn_after_seconds: 10}", "auto_disable: {after_seconds: 20}"},
        {"retry: {retryable_status_codes: [404], terminal_status_codes: [404]}",
         "retry: {terminal_status_codes: [405]}"},
        {"tls: {client_cert_file: cert.pem}", "tls: {client_key_file: key.pem}"},
        {"tls: {client_cert_file: cert.pem, client_key_file: other.pem}", "tls: {client_key_file: key.pem}"},
    };
    for (const auto& one : table) {
        EXPECT_EQ(files.faults_of("defaults: {" + one.defaults + "}\n"), lines{}) << one.defaults;
        EXPECT_EQ(files.faults_of(both(one.defaults, one.own)), lines{}) << one.defaults << one.own;
    }
    const auto read = files.load_good(both(table[0].defaults, table[0].own));
    EXPECT_EQ(read.endpoints.at(0)->rate_limit, (rate_settings{2, 5}));
    const auto breaker =
        files.load_good(both(table[1].defaults, table[1].own)).endpoints.at(0)->circuit_breaker;
    EXPECT_EQ(breaker.recovery_timeout, 1s);
    EXPECT_EQ(breaker.max_recovery_timeout, 5s);
}

TEST(ConfigCrossChecks, EachKeyOfDefaultsIsCheckedForItself) {
    const folder files;
    EXPECT_EQ(
        files.faults_of("defaults:\n  rate_limit: {burst: 0}\n  circuit_breaker: {failure_ratio: 0, "
                        "max_recovery_timeout_seconds: 0}\n  auto_disable: {warn_after_seconds: -1}\n"
                        "  retry: {terminal_status_codes: [1]}\n"),
        (lines{"2:23: \"burst\" is \"0\"; allowed is a whole number from 1 to 1000000",
               "3:36: \"failure_ratio\" is \"0\"; allowed is a number from 0.01 to 1",
               "3:69: \"max_recovery_timeout_seconds\" is \"0\"; allowed is a number of seconds from 0.1 to "
               "86400",
               "4:38: \"warn_after_seconds\" is \"-1\"; allowed is a number of seconds from 0 to 31536000",
               "5:35: an item of \"terminal_status_codes\" is \"1\"; allowed is a whole number from 300 to "
               "599"}));
}

struct contradiction {
    std::string defaults;
    std::string own;
    lines faults;
};

TEST(ConfigCrossChecks, TheFaultStandsAtTheEndpointsKeyElseAtTheDefaults) {
    const folder files;
    files.write("cert.pem", make_pem_pair().certificate);
    files.write("key.pem", make_pem_pair().key);
    const std::string below =
        "\"max_recovery_timeout_seconds\" is below \"recovery_timeout_seconds\"; allowed is as much, or more";
    const std::string above =
        "\"recovery_timeout_seconds\" is above \"max_recovery_timeout_seconds\"; allowed is as much, or less";
    const std::string late =
        "\"warn_after_seconds\" is not below \"after_seconds\"; the warning comes before";
    const std::string early =
        "\"after_seconds\" is not above \"warn_after_seconds\"; the warning comes before";
    const std::vector<contradiction> table{
        {"circuit_breaker: {max_recovery_timeout_seconds: 5}", "enabled: true", {"2:51: " + below}},
        {"circuit_breaker: {max_recovery_timeout_seconds: 5}",
         "circuit_breaker: {enabled: true}",
         {"2:51: " + below}},
        {"circuit_breaker: {max_recovery_timeout_seconds: 5}",
         "circuit_breaker: {recovery_timeout_seconds: 6}",
         {"5:47: " + above}},
        {"circuit_breaker: {recovery_timeout_seconds: 6}",
         "circuit_breaker: {max_recovery_timeout_seconds: 5}",
         {"5:51: " + below}},
        {"enabled: true",
         "circuit_breaker: {recovery_timeout_seconds: 6, max_recovery_timeout_seconds: 5}",
         {"5:80: " + below}},
        {"auto_disable: {warn_after_seconds: 432000}", "enabled: true", {"2:38: " + late}},
        {"auto_disable: {warn_after_seconds: 10}", "auto_disable: {after_seconds: 10}", {"5:33: " + early}},
        {"auto_disable: {after_seconds: 10}", "auto_disable: {warn_after_seconds: 10}", {"5:38: " + late}},
        {"rate_limit: {burst: 5}",
         "enabled: true",
         {"2:15: \"rate_limit\" lacks the key \"requests_per_second\""}},
        {"rate_limit: {burst: 5}",
         "rate_limit: {burst: 6}",
         {"5:15: \"rate_limit\" lacks the key \"requests_per_second\""}},
        {"retry: {terminal_status_codes: [404]}",
         "retry: {retryable_status_codes: [404]}",
         {"5:35: \"retryable_status_codes\" names 404, which \"terminal_status_codes\" names too; allowed is "
          "one of both"}},
        {"retry: {retryable_status_codes: [404]}",
         "retry: {terminal_status_codes: [404]}",
         {"5:34: \"terminal_status_codes\" names 404, which \"retryable_status_codes\" names too; allowed is "
          "one of both"}},
        {"tls: {client_key_file: key.pem}",
         "enabled: true",
         {"2:26: \"client_key_file\" stands alone; allowed are client_cert_file and client_key_file "
          "together"}},
        {"tls: {client_key_file: key.pem}",
         "tls: {client_cert_file: cert.pem}",
         {"5:27: \"client_cert_file\" names a certificate to which the key in \"client_key_file\" does not "
          "belong"}},
        {"headers: {X-Key: x}",
         "enabled: true}\n- {id: b, url: \"https://h.org/\", events: [x], authentication: {type: api_key, "
         "header: x-key, key: k}",
         {"6:63: \"authentication\" writes a header that \"headers\" of the defaults names; leave it out in "
          "one of both"}},
        {"authentication: {type: api_key, header: x-key, key: k}",
         "enabled: true}\n- {id: b, url: \"https://h.org/\", events: [x], headers: {X-Key: x}",
         {"6:57: \"headers\" has a name that the endpoint's authentication writes; leave it out in one of "
          "both"}},
    };
    for (const auto& one : table)
        EXPECT_EQ(files.faults_of(both(one.defaults, one.own)), one.faults) << one.defaults << one.own;
}

TEST(ConfigCrossChecks, TheNearestDefaultsStandForTheEndpoint) {
    const folder files;
    files.write("inner.yaml", "defaults:\n  circuit_breaker: {recovery_timeout_seconds: 6}\n" +
                                  one_endpoint("circuit_breaker: {enabled: true}"));
    EXPECT_EQ(files.faults_of("defaults:\n  circuit_breaker: {max_recovery_timeout_seconds: 5}\n"
                              "include: [inner.yaml]\n"),
              lines{"inner.yaml:2:47: \"recovery_timeout_seconds\" is above "
                    "\"max_recovery_timeout_seconds\"; allowed is as much, or less"});
}

TEST(ConfigCrossChecks, AValueThatIsRefusedIsNotComparedToo) {
    const folder files;
    EXPECT_EQ(
        files.faults_of(both("enabled: true",
                             "circuit_breaker: {recovery_timeout_seconds: 0, max_recovery_timeout_seconds: "
                             "5}, auto_disable: {after_seconds: 0, warn_after_seconds: 999999}")),
        (lines{
            "5:47: \"recovery_timeout_seconds\" is \"0\"; allowed is a number of seconds from 0.1 to 86400",
            "5:114: \"after_seconds\" is \"0\"; allowed is a number of seconds from 0.1 to 31536000"}));
}

TEST(ConfigCrossChecks, AFailureRatioStartsAtAHundredth) {
    const folder files;
    const auto of = [](const std::string& ratio) {
        return one_endpoint("circuit_breaker: {failure_ratio: " + ratio + "}");
    };
    for (const auto* ratio : {"0", "0.0", "0.00999", "1.001", "-0.5"})
        EXPECT_EQ(files.faults_of(of(ratio)).size(), 1U) << ratio;
    EXPECT_EQ(files.load_good(of("0.01")).endpoints.at(0)->circuit_breaker.failure_ratio, 0.01);
    EXPECT_EQ(files.load_good(of("1")).endpoints.at(0)->circuit_breaker.failure_ratio, 1.0);
}

}  // namespace
}  // namespace postrider::config
