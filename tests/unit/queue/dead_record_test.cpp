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

}  // namespace
}  // namespace postrider::queue
