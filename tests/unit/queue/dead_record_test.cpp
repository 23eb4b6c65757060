#include <postrider/queue/delivery.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace postrider::queue {
namespace {

dead_record example() {
    dead_record record;
    record.reason = dead_reason::attempts_exhausted;
    record.attempts = 6;
    record.response_code = 503;
    record.response_body = "try later";
    record.error = "";
    record.event_type = "case.created";
    return record;
}

TEST(dead_record, has_the_names_of_the_api) {
    EXPECT_EQ(
        encode_dead_record(example()),
        R"({"event_type":"case.created","reason":"attempts_exhausted","attempts":6,"response_code":503,)"
        R"("response_body":"try later","error":""})");
}

TEST(dead_record, a_body_of_any_bytes_gives_valid_json) {
    dead_record record = example();
    record.response_body = std::string("cut \xe2\x82 \xff \0 \"", 13);
    const auto json = nlohmann::json::parse(encode_dead_record(record));
    const auto body = json["response_body"].get<std::string>();
    EXPECT_TRUE(body.starts_with("cut "));
    EXPECT_NE(body.find("\xef\xbf\xbd"), std::string::npos);
}

TEST(dead_record, is_read_as_it_was_written) {
    dead_record record;
    record.reason = dead_reason::terminal_status;
    record.attempts = 3;
    record.response_code = 418;
    record.response_body = "a \"teapot\"\n";
    record.error = "the receiver refused it";
    record.event_type = "customer.created";
    const auto read = decode_dead_record(encode_dead_record(record));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->reason, record.reason);
    EXPECT_EQ(read->attempts, 3u);
    EXPECT_EQ(read->response_code, 418);
    EXPECT_EQ(read->response_body, record.response_body);
    EXPECT_EQ(read->error, record.error);
    EXPECT_EQ(read->event_type, record.event_type);
}

TEST(dead_record, odd_texts_are_no_records) {
    for (const char* odd : {"", "{", "[]", "null", "{}", R"({"reason":"boredom"})", R"({"reason":7})"})
        EXPECT_FALSE(decode_dead_record(odd)) << odd;
    const auto sparse = decode_dead_record(
        R"({"reason":"expired","attempts":-1,"response_code":99999999,"error":[],"more":true})");
    ASSERT_TRUE(sparse);
    EXPECT_EQ(sparse->attempts, 0u);
    EXPECT_EQ(sparse->response_code, UINT16_MAX);
    EXPECT_EQ(sparse->error, "");
}

}  // namespace
}  // namespace postrider::queue
