#include <postrider/config/endpoint_document.h>

#include <gtest/gtest.h>

#include <string>

namespace postrider::config {
namespace {

document_rules rules() {
    document_rules rules;
    rules.id = "ep_one";
    rules.tenant = "shop";
    return rules;
}

const std::string good_start = R"({"url":"https://h.org/hook","events":["a.*"])";

std::vector<document_fault> faults_of(const std::string& json) {
    auto read = read_endpoint_document(json, rules());
    return read ? std::vector<document_fault>() : read.error();
}

TEST(EndpointDocument, HasTheKeysAndDefaultsOfAFile) {
    const auto read = read_endpoint_document(good_start + "}", rules());
    ASSERT_TRUE(read) << read.error().front().message;
    EXPECT_EQ(read->id, "ep_one");
    EXPECT_EQ(read->tenant, "shop");
    EXPECT_EQ(read->source_file, "");
    EXPECT_TRUE(read->authentications.empty());
    EXPECT_EQ(read->concurrency, 32U);
    EXPECT_EQ(read->circuit_breaker, breaker_settings());
    EXPECT_EQ(read->limits, endpoint_limits());
}

TEST(EndpointDocument, ReplacesNoReference) {
    const auto read = read_endpoint_document(
        good_start + R"(,"description":"${HOME} $${x}","headers":{"X-Path":"file:/etc/passwd"}})", rules());
    ASSERT_TRUE(read) << read.error().front().message;
    EXPECT_EQ(read->description, "${HOME} $${x}");
    EXPECT_EQ(read->headers.front().second, "file:/etc/passwd");
}

struct faulty {
    std::string json;
    std::vector<document_fault> faults;
};

TEST(EndpointDocument, NamesEveryFaultByItsField) {
    const std::vector<faulty> table{
        {"[]", {{"", "the document is no JSON object"}}},
        {"{", {{"", "the document is no JSON"}}},
        {R"({"url":"https://a.org/","url":"https://b.org/"})",
         {{"url", "\"url\" stands twice in one object"}}},
        {good_start + R"(,"concurrency":"3"})",
         {{"concurrency", "\"concurrency\" is not a number; allowed is a number"}}},
        {good_start + R"(,"description":5})",
         {{"description", "\"description\" is not a text; allowed is a text"}}},
        {good_start + R"(,"enabled":"true"})",
         {{"enabled", "\"enabled\" is not true or false; allowed is true or false"}}},
        {good_start + R"(,"retry":{"schedule":[{"delay_seconds":1},{"delay_seconds":-1}]}})",
         {{"retry.schedule[1].delay_seconds",
           "\"delay_seconds\" is \"-1\"; allowed is a number of seconds from 0 to 2592000"}}},
        {good_start + R"(,"id":"x","tenant":"t","tls":{"ca_file":"/etc/passwd"},"allow_cidrs":[]})",
         {{"id", "\"id\" is made by the API"},
          {"tenant", "\"tenant\" is that of the token, or is given when the endpoint is made"},
          {"tls", "\"tls\" names files of the daemon's machine, and is for endpoints in files only"},
          {"allow_cidrs",
           "\"allow_cidrs\" is for endpoints in files, and for admin tokens that are bound to no tenant"}}},
    };
    for (const auto& one : table)
        EXPECT_EQ(faults_of(one.json), one.faults)
            << one.json << '\n'
            << (faults_of(one.json).empty() ? "" : faults_of(one.json)[0].message);
}

TEST(EndpointDocument, WhatIsMissingIsAFaultOfItsField) {
    const std::vector<faulty> table{
        {"{}",
         {{"events", "\"webhook\" lacks the key \"events\": the patterns that it subscribes to"},
          {"url", "\"webhook\" lacks the key \"url\""}}},
        {R"({"events":["a"]})", {{"url", "\"webhook\" lacks the key \"url\""}}},
        {good_start + R"(,"rate_limit":{"burst":5}})",
         {{"rate_limit.requests_per_second", "\"rate_limit\" lacks the key \"requests_per_second\""}}},
        {good_start + R"(,"authentication":[{"type":"basic"}]})",
         {{"authentication[0].username", "an item of \"authentication\" lacks the key \"username\""},
          {"authentication[0].password", "an item of \"authentication\" lacks the key \"password\""}}},
        {good_start + R"(,"retry":{"schedule":[{}]}})",
         {{"retry.schedule[0].delay_seconds", "an item of \"schedule\" lacks the key \"delay_seconds\""}}},
    };
    for (const auto& one : table)
        EXPECT_EQ(faults_of(one.json), one.faults)
            << one.json << '\n'
            << (faults_of(one.json).empty() ? "" : faults_of(one.json)[0].field);
}

TEST(EndpointDocument, JsonHasOneTypeOfNumber) {
    const auto concurrency = [](const std::string& number) {
        return good_start + ",\"concurrency\":" + number + '}';
    };
    for (const auto* number :
         {"5", "5.0", "5e0", "5E0", "5e+0", "0.5e1", "50e-1", "500.00e-2", "5.000000000000000000000000000"}) {
        const auto read = read_endpoint_document(concurrency(number), rules());
        ASSERT_TRUE(read) << number << read.error().front().message;
        EXPECT_EQ(read->concurrency, 5U) << number;
    }
    for (const auto& [number, shown] : std::vector<std::pair<std::string, std::string>>{
             {"5.5", "5.5"}, {"55e-1", "5.5"}, {"5.0000001", "5.0000001"}, {"1e5", "100000"}, {"-5e0", "-5"}})
        EXPECT_EQ(faults_of(concurrency(number)),
                  (std::vector<document_fault>{{"concurrency", "\"concurrency\" is \"" + shown +
                                                                   "\"; allowed is a whole number from 1 to "
                                                                   "10000"}}))
            << number;
    const auto timeout =
        read_endpoint_document(good_start + R"(,"timeout":{"read_seconds":25e-2}})", rules());
    ASSERT_TRUE(timeout);
    EXPECT_EQ(timeout->timeout.read, milliseconds(250));
}

TEST(EndpointDocument, ShowsNoExponentThatNobodyWrote) {
    const auto merged = merge_documents(good_start + "}", R"({"concurrency":100000000000000000000})");
    EXPECT_EQ(faults_of(merged),
              (std::vector<document_fault>{
                  {"concurrency",
                   "\"concurrency\" is \"100000000000000000000\"; allowed is a whole number from 1 to "
                   "10000"}}));
}

TEST(EndpointDocument, KeysThatLookLikeSecretsAreHidden) {
    const auto field_of = [](const std::string& key) {
        const auto faults = faults_of(good_start + ",\"authentication\":{\"" + key + "\":1}}");
        for (const auto& fault : faults)
            if (fault.message.starts_with("unknown key \"***\"; the nearest")) return fault.field;
        return faults.empty() ? std::string("none") : faults.front().field;
    };
    for (const auto& key : {std::string("whsec_abc"), std::string("whsk_abc"), std::string("BearerAbc"),
                            std::string("Bearer abc"), std::string(65, 'k')})
        EXPECT_EQ(field_of(key), "authentication.***") << key;
    for (const auto& key : {std::string("tokn"), std::string("bearer"), std::string(64, 'k')})
        EXPECT_EQ(field_of(key), "authentication." + key);
    EXPECT_EQ(faults_of(good_start + R"(,"whsec_abc":{"a":1}})").front().field, "***");
}

TEST(EndpointDocument, NeverShowsASecretInAFault) {
    const auto faults = faults_of(good_start + R"(,"secret":"whsec_notbase64!"})");
    ASSERT_FALSE(faults.empty());
    for (const auto& fault : faults)
        EXPECT_EQ(fault.message.find("notbase64"), std::string::npos);
}

TEST(EndpointDocument, MergesAPatch) {
    EXPECT_EQ(merge_documents(R"({"a":1,"b":{"c":2,"d":3}})", R"({"a":null,"b":{"c":4}})"),
              R"({"b":{"c":4,"d":3}})");
}

TEST(EndpointDocument, WhatIsShownReadsAsTheSameSettings) {
    const auto first = read_endpoint_document(
        good_start +
            R"(,"retry":{"max_attempts":3,"max_age_seconds":7.5},"rate_limit":{"requests_per_second":2.5},
            "circuit_breaker":{"failure_threshold":9},"limits":{"history_per_endpoint":5},"ordering":"key",
            "logging":{"log_payloads":true},"auto_disable":{"after_seconds":100},"headers":{"X-Team":"pay"},
            "timeout":{"read_seconds":0.25},"concurrency":7})",
        rules());
    ASSERT_TRUE(first) << first.error().front().message;
    std::string shown = describe_endpoint(*first);
    shown = merge_documents(shown, R"({"id":null,"tenant":null,"authentication":null})");
    const auto second = read_endpoint_document(shown, rules());
    ASSERT_TRUE(second) << second.error().front().message << shown;
    EXPECT_EQ(*first, *second) << shown;
}

TEST(EndpointDocument, ShowsNoSecret) {
    const auto read = read_endpoint_document(
        good_start + R"(,"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","headers":{"X-Token":"hide me"}})",
        rules());
    ASSERT_TRUE(read) << read.error().front().message;
    const std::string shown = describe_endpoint(*read);
    EXPECT_EQ(shown.find("MfKQ9r8"), std::string::npos);
    EXPECT_EQ(shown.find("hide me"), std::string::npos);
    EXPECT_NE(shown.find(R"("X-Token":"***")"), std::string::npos) << shown;
}

}  // namespace
}  // namespace postrider::config
