#include <postrider/config/endpoint_document.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

namespace postrider::config {
namespace {

const std::string start = R"({"url":"https://h.org/hook","events":["a.*"])";

std::vector<document_fault> faults_of(const std::string& json) {
    document_rules rules;
    rules.id = "ep_one";
    rules.allow_cidrs = true;
    auto read = read_endpoint_document(json, rules);
    return read ? std::vector<document_fault>() : read.error();
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

/// The field and the message fit on a screen, whatever was sent.
void check_bounds(const std::vector<document_fault>& faults) {
    for (const auto& one : faults) {
        EXPECT_FALSE(one.message.empty());
        EXPECT_LT(one.field.size(), 2200U) << one.field;
        EXPECT_LT(one.message.size(), 1000U) << one.message;
        EXPECT_EQ(one.message.find('\0'), std::string::npos);
    }
}

struct hostile {
    std::string json;
    std::vector<document_fault> faults;
};

void expect_rows(const std::vector<hostile>& table) {
    for (const auto& one : table) {
        const auto faults = faults_of(one.json);
        check_bounds(faults);
        EXPECT_EQ(faults, one.faults) << one.json.substr(0, 200);
        for (const auto& fault : faults)
            if (faults != one.faults) ADD_FAILURE() << fault.field << " | " << fault.message;
    }
}

struct setting {
    std::string key;
    std::vector<std::string> wrong;  ///< values of wrong kinds
};

const std::string a_nul = R"("a\u0000b")";
const std::vector<std::string> no_text{"5", "5.5", "true", "[]", "{}", "null", "[null]", a_nul};
const std::vector<std::string> no_number{R"("5")", "true", "[]", "{}", "null", "[5]", a_nul, R"("")"};
const std::vector<std::string> no_switch{R"("true")", "0", "1.0", "[]", "{}", "null", a_nul};
const std::vector<std::string> no_map{R"("x")", "5", "true", "[]", "[{}]", R"("")"};
const std::vector<std::string> no_list{R"("x")", "5", "true", "{}", R"({"0":"a"})"};

/// `key` stands in the maps that lead to it.
std::string nest(const std::string& path, const std::string& value) {
    const auto dot = path.find('.');
    if (dot == std::string::npos) return '"' + path + "\":" + value;
    return '"' + path.substr(0, dot) + "\":{" + nest(path.substr(dot + 1), value) + '}';
}

TEST(HostileDocument, AWrongKindIsAFaultOfItsField) {
    const std::vector<setting> table{
        {"description", no_text},
        {"secret", no_text},
        {"ordering", no_text},
        {"headers.X-A", no_text},
        {"authentication.type", no_text},
        {"concurrency", no_number},
        {"retry.max_attempts", no_number},
        {"retry.backoff_multiplier", no_number},
        {"retry.max_age_seconds", no_number},
        {"timeout.connect_seconds", no_number},
        {"circuit_breaker.failure_threshold", no_number},
        {"circuit_breaker.failure_ratio", no_number},
        {"rate_limit.requests_per_second", no_number},
        {"limits.history_per_endpoint", no_number},
        {"logging.retention_days", no_number},
        {"auto_disable.after_seconds", no_number},
        {"enabled", no_switch},
        {"allow_http", no_switch},
        {"retry.jitter", no_switch},
        {"logging.log_payloads", no_switch},
        {"retry", no_map},
        {"timeout", no_map},
        {"circuit_breaker", no_map},
        {"rate_limit", no_map},
        {"limits", no_map},
        {"logging", no_map},
        {"auto_disable", no_map},
        {"headers", no_map},
        {"secrets", no_list},
        {"retry.schedule", no_list},
        {"retry.retryable_status_codes", no_list},
        {"allow_cidrs", no_list},
    };
    for (const auto& one : table) {
        for (const auto& value : one.wrong) {
            const auto faults = faults_of(start + ',' + nest(one.key, value) + '}');
            check_bounds(faults);
            ASSERT_FALSE(faults.empty()) << one.key << value;
            EXPECT_EQ(faults.front().field, one.key) << value;
        }
    }
}

TEST(HostileDocument, WrongKindsInside) {
    expect_rows({
        {"", {{"", "the document is no JSON"}}},
        {"null", {{"", "the document is no JSON object"}}},
        {"5", {{"", "the document is no JSON object"}}},
        {R"("x")", {{"", "the document is no JSON object"}}},
        {"1e400", {{"", "the document is no JSON object"}}},
        {"[[[", {{"", "the document is no JSON object"}}},
        {start + "} x", {{"", "the document is no JSON"}}},
        {R"({"url":null,"events":null})",
         {{"url", "\"url\" has no value"},
          {"events",
           "\"events\" is empty; allowed are 1 to 1000 patterns, such as case.created or \"invoice.*\""}}},
        {R"({"url":"https://h.org/","events":{"a":1}})",
         {{"events", "\"events\" must be a list, such as [one, two]"}}},
        {R"({"url":"https://h.org/","events":[null,5,["a"],{},true,"a"]})",
         {{"events[0]", "an item of \"events\" has no value"},
          {"events[1]", "an item of \"events\" is not a text; allowed is a text"},
          {"events[2]", "an item of \"events\" must be a single value, not a list"},
          {"events[3]", "an item of \"events\" must be a single value, not a map"},
          {"events[4]", "an item of \"events\" is not a text; allowed is a text"}}},
        {start + R"(,"secrets":[null,5,{}]})",
         {{"secrets[1]", "an item of \"secrets\" must be a map with the keys: secret, expires_at"},
          {"secrets[0].secret", "an item of \"secrets\" lacks the key \"secret\""},
          {"secrets[2].secret", "an item of \"secrets\" lacks the key \"secret\""}}},
        {start + R"(,"retry":{"schedule":[[],{"delay_seconds":[1]}],"terminal_status_codes":["404",404.5]}})",
         {{"retry.schedule[0]", "an item of \"schedule\" must be a map with the keys: delay_seconds"},
          {"retry.schedule[1].delay_seconds", "\"delay_seconds\" must be a single value, not a list"},
          {"retry.terminal_status_codes[0]",
           "an item of \"terminal_status_codes\" is not a number; allowed is a number"},
          {"retry.terminal_status_codes[1]",
           "an item of \"terminal_status_codes\" is \"404.5\"; allowed is a whole number from 300 to 599"}}},
        {start + R"(,"authentication":[[],5,null]})",
         {{"authentication[0]",
           "an item of \"authentication\" must be a map with the keys: type, secret, secrets"},
          {"authentication[1]",
           "an item of \"authentication\" must be a map with the keys: type, secret, secrets"},
          {"authentication[2].secret", "an item of \"authentication\" lacks the key \"secret\""}}},
    });
}

TEST(HostileDocument, NestingIsBounded) {
    const std::string deep = start + R"(,"description":)";
    EXPECT_EQ(faults_of(deep + repeat("[", 31) + repeat("]", 31) + '}').at(0).message,
              "\"description\" must be a single value, not a list");
    expect_rows({
        {deep + repeat("[", 32) + repeat("]", 32) + '}',
         {{"description" + repeat("[0]", 31),
           "an item of \"description\" is nested too deep; allowed are 32 levels"}}},
        {R"({"retry":)" + repeat(R"({"a":)", 200'000),
         {{"retry" + repeat(".a", 31), "\"a\" is nested too deep; allowed are 32 levels"}}},
    });
    const std::string long_key(64, 'k');
    check_bounds(faults_of('{' + repeat('"' + long_key + "\":{", 40)));
}

/// The most memory that this process ever had.
long peak_kilobytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

TEST(HostileDocument, PathsAreNotKeptForEachOfManyValues) {
    std::string json = start + R"(,"description":)";
    for (int level = 0; level < 29; ++level)
        json += "{\"" + std::string(64, 'k') + "\":";
    json += '[' + repeat("0,", 200'000) + "0]" + repeat("}", 30);
    const auto peak_before = peak_kilobytes();
    const auto faults = faults_of(json);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].field, "description");
    EXPECT_LT(peak_kilobytes() - peak_before, 250'000);
}

TEST(HostileDocument, LongTexts) {
    const std::string long_text(1'000'000, 'a');
    const std::string quoted = '"' + long_text + '"';
    expect_rows({
        {start + ",\"description\":" + quoted + '}',
         {{"description", "\"description\" is too long; allowed are 1024 bytes"}}},
        {start + ",\"headers\":{\"X-A\":" + quoted + "}}",
         {{"headers.X-A", "\"headers\" has a value that is too long; allowed are 8192 bytes"}}},
        {start + ",\"ordering\":" + quoted + '}',
         {{"ordering", "\"ordering\" is a long text; allowed is none or key"}}},
        {start + ",\"retry\":{" + quoted + ":1}}",
         {{"retry.***",
           "unknown key \"***\"; the nearest known one is \"max_attempts\"; allowed here: max_attempts, "
           "initial_delay_seconds, backoff_multiplier, max_delay_seconds, schedule, jitter, "
           "retryable_status_codes, terminal_status_codes, max_age_seconds"}}},
        {start + ",\"concurrency\":" + std::string(1'000'000, '9') + '}',
         {{"concurrency", "\"concurrency\" is too large a number"}}},
        {start + ",\"concurrency\":0." + std::string(1'000'000, '3') + '}',
         {{"concurrency",
           "\"concurrency\" is a number of too many digits; allowed is a whole number from 1 to 10000"}}},
    });
    for (const auto& json :
         {"{\"url\":\"https://h.org/" + long_text + "\",\"events\":[\"a\"]}",
          R"({"url":"https://h.org/","events":[)" + quoted + "]}", start + ",\"secret\":" + quoted + '}',
          start + ",\"headers\":{" + quoted + ":\"x\"}}",
          start + R"(,"authentication":{"type":)" + quoted + "}}",
          start + R"(,"authentication":{"type":"hmac_sha256","secret":)" + quoted + "}}",
          start + R"(,"authentication":{"type":"hmac_sha256","secret":"s","header":)" + quoted + "}}",
          start + R"(,"authentication":{"type":"bearer","token":)" + quoted + "}}",
          start + R"(,"authentication":{"type":"bearer","token":"t","header":)" + quoted + "}}",
          start + R"(,"authentication":{"type":"basic","username":"u","password":)" + quoted + "}}",
          start + R"(,"authentication":{"type":"basic","password":"p","username":)" + quoted + "}}",
          start + R"(,"authentication":{"type":"api_key","header":"X-K","key":)" + quoted + "}}",
          start + R"(,"authentication":{"type":"api_key","key":"k","header":)" + quoted + "}}",
          start + R"(,"secrets":[{"secret":"x","expires_at":)" + quoted + "}]}",
          start + ",\"allow_cidrs\":[" + quoted + "]}", '{' + quoted + ":1}"}) {
        const auto faults = faults_of(json);
        EXPECT_FALSE(faults.empty()) << json.substr(0, 150);
        check_bounds(faults);
    }
}

TEST(HostileDocument, KeysThatLookAlike) {
    expect_rows({
        {start + R"(,"url":"https://other.org/"})", {{"url", "\"url\" stands twice in one object"}}},
        {start + R"(,"ur\u006c":"https://other.org/"})", {{"url", "\"url\" stands twice in one object"}}},
        {start + R"(,"retry":{"jitter":true,"jitter":true}})",
         {{"retry.jitter", "\"jitter\" stands twice in one object"}}},
        {start + R"(,"retry":{"schedule":[{"delay_seconds":1},{"delay_seconds":1,"delay_seconds":2}]}})",
         {{"retry.schedule[1].delay_seconds", "\"delay_seconds\" stands twice in one object"}}},
        {start + R"(,"whsec_hush":1,"whsec_hush":1})", {{"***", "\"***\" stands twice in one object"}}},
        {start + R"(,"headers":{"X-A":"1","x-a":"2"}})",
         {{"headers.x-a", "\"headers\" has this name twice; upper and lower case are the same"}}},
    });
    for (const auto& [key, field] : std::vector<std::pair<std::string, std::string>>{
             {"URL", "URL"}, {"url\\u0000", "***"}, {"url ", "***"}, {"", "***"}, {"\\u0443rl", "***"}}) {
        const auto faults = faults_of(start + ",\"" + key + "\":\"https://other.org/\"}");
        ASSERT_EQ(faults.size(), 1U) << key;
        EXPECT_EQ(faults[0].field, field);
        EXPECT_TRUE(faults[0].message.starts_with("unknown key \"" + field + "\"; the nearest")) << key;
    }
}

TEST(HostileDocument, TextsThatAreNoUnicode) {
    const std::string no_value =
        " is no text of JSON; allowed are UTF-8 without control characters, the escapes of JSON and whole "
        "surrogate pairs";
    const std::string no_key =
        " has a key that is no text of JSON; allowed are UTF-8 without control characters, the escapes of "
        "JSON and whole surrogate pairs";
    expect_rows({
        {start + R"(,"description":"\ud800"})", {{"description", "\"description\"" + no_value}}},
        {start + R"(,"description":"\udc00"})", {{"description", "\"description\"" + no_value}}},
        {start + R"(,"description":"\ud800\ud800"})", {{"description", "\"description\"" + no_value}}},
        {start + R"(,"description":"\x41"})", {{"description", "\"description\"" + no_value}}},
        {start + ",\"description\":\"\xed\xa0\x80\"}", {{"description", "\"description\"" + no_value}}},
        {start + ",\"description\":\"\xff\"}", {{"description", "\"description\"" + no_value}}},
        {start + ",\"description\":\"\xc0\x80\"}", {{"description", "\"description\"" + no_value}}},
        {start + ",\"description\":\"a\nb\"}", {{"description", "\"description\"" + no_value}}},
        {start + ",\"description\":\"" + std::string(1, '\0') + "\"}",
         {{"description", "\"description\"" + no_value}}},
        {start + ",\"description\":\"never ends", {{"description", "\"description\"" + no_value}}},
        {R"({"url":"https://h.org/","events":["a","\ud800"]})",
         {{"events[1]", "an item of \"events\"" + no_value}}},
        {start + R"(,"\ud800":1})", {{"", "the document" + no_key}}},
        {start + R"(,"retry":{"\ud800":1}})", {{"retry", "\"retry\"" + no_key}}},
        {start + R"(,"description":"a\u0000b"})",
         {{"description", "\"description\" holds control characters or is not UTF-8"}}},
        {start + R"(,"secret":"a\u0000b"})",
         {{"secret", "\"secret\" holds control characters or is not UTF-8"}}},
        {start + R"(,"headers":{"X-A":"a\u0000b"}})",
         {{"headers.X-A", "\"headers\" holds control characters or is not UTF-8"}}},
        {start + R"(,"headers":{"X\u0000A":"b"}})",
         {{"headers.***",
           "\"headers\" has a name that is not allowed: a header's name is made of letters, digits and "
           "!#$%&'*+-.^_`|~"}}},
    });
    EXPECT_EQ(faults_of(start + R"(,"description":"\ud83d\ude00 \u00e9"})"), std::vector<document_fault>());
}

TEST(HostileDocument, NumbersAtTheEndsOfTheirKinds) {
    const auto of = [](const std::string& number) { return start + ",\"concurrency\":" + number + '}'; };
    const auto refused = [](const std::string& shown) -> std::vector<document_fault> {
        return {
            {"concurrency", "\"concurrency\" is " + shown + "; allowed is a whole number from 1 to 10000"}};
    };
    const std::vector<document_fault> too_large{{"concurrency", "\"concurrency\" is too large a number"}};
    const std::string long_number = "a number of too many digits";
    expect_rows({
        {of("9223372036854775807"), refused("\"9223372036854775807\"")},
        {of("9223372036854775808"), refused("\"9223372036854775808\"")},
        {of("-9223372036854775808"), refused("\"-9223372036854775808\"")},
        {of("-9223372036854775809"), refused("\"-9223372036854775809\"")},
        {of("18446744073709551615"), refused("\"18446744073709551615\"")},
        {of("18446744073709551616"), refused("\"18446744073709551616\"")},
        {of("18446744073709551617"), refused("\"18446744073709551617\"")},
        {of("4294967297"), refused("\"4294967297\"")},
        {of("1e20"), refused("\"100000000000000000000\"")},
        {of("1e308"), refused(long_number)},
        {of("1.7976931348623157e308"), refused(long_number)},
        {of("1e309"), too_large},
        {of("-1e309"), too_large},
        {of("1e999999999999999999999"), too_large},
        {of("1e-999999999999999999999"), refused(long_number)},
        {of("5e-324"), refused(long_number)},
        {of("1e-5"), refused("\"0.00001\"")},
        {of("0"), refused("\"0\"")},
        {of("-0"), refused("\"0\"")},
        {of("-0.0"), refused("\"0\"")},
        {of("0e999999999999999999999"), refused("\"0\"")},
        {of("NaN"), {{"", "the document is no JSON"}}},
        {of("Infinity"), {{"", "the document is no JSON"}}},
        {of("0x10"), {{"", "the document is no JSON"}}},
        {of("1."), {{"", "the document is no JSON"}}},
        {start + R"(,"retry":{"retryable_status_codes":[404,1e400]}})",
         {{"retry.retryable_status_codes[1]",
           "an item of \"retryable_status_codes\" is too large a number"}}},
        {start + R"(,"rate_limit":{"requests_per_second":1e-5}})",
         {{"rate_limit.requests_per_second",
           "\"requests_per_second\" is \"0.00001\"; allowed is a number from 0.001 to 1000000"}}},
        {start + R"(,"timeout":{"read_seconds":1e300}})",
         {{"timeout.read_seconds",
           "\"read_seconds\" is a number of too many digits; allowed is a number of seconds from 0.01 to "
           "3600"}}},
    });
}

RC_GTEST_PROP(HostileDocument, MutationsGiveAnEndpointOrFaults, ()) {
    static const std::string good =
        start + R"(,"retry":{"schedule":[{"delay_seconds":1.5e0}],"jitter":false},"headers":{"X-A":"é"},)" +
        R"("secrets":[{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}],"concurrency":5.0,"enabled":true})";
    static const std::string alphabet = "{}[]\",:\\/u0dD8eE.+-9atfn \n\t\x80\xff";
    auto text = good;
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        const auto length = *rc::gen::inRange<std::size_t>(0, 20);
        switch (*rc::gen::inRange(0, 4)) {
            case 0:
                text[at] = *rc::gen::elementOf(alphabet);
                break;
            case 1:
                text.insert(at, 1, *rc::gen::elementOf(alphabet));
                break;
            case 2:
                text.erase(at, std::min(length, text.size() - at - 1));
                break;
            default:
                text.insert(*rc::gen::inRange<std::size_t>(0, text.size()), text.substr(at, length));
        }
    }
    document_rules rules;
    rules.id = "ep_one";
    const auto read = read_endpoint_document(text, rules);
    if (read) return;
    RC_ASSERT(!read.error().empty());
    for (const auto& one : read.error())
        RC_ASSERT(!one.message.empty() && one.message.size() < 1000);
}

}  // namespace
}  // namespace postrider::config
