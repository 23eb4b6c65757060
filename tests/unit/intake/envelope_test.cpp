#include <gtest/gtest.h>
#include <intake/batch.h>
#include <intake/envelope.h>
#include <intake/media_type.h>

#include <string>
#include <string_view>

namespace postrider::intake {
namespace {

expected<envelope, fault> read(std::string_view text) {
    const auto members = read_single(text);
    if (!members) return unexpected<fault>(members.error());
    return read_envelope(*members);
}

TEST(envelope_test, reads_every_field_and_keeps_the_bytes_of_data) {
    const auto got =
        read(R"({"type":"case.created","data": { "n": 1.50e400, "s":"\u00e9" } ,"id":"a-B_9",)"
             R"("timestamp":"2026-01-31T13:00:00+01:00","key":"k\u0000\u00e9","tenant":"acme"})");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->type, "case.created");
    EXPECT_EQ(got->data, R"({ "n": 1.50e400, "s":"\u00e9" })");
    EXPECT_EQ(got->id, "a-B_9");
    EXPECT_EQ(to_rfc3339(*got->timestamp), "2026-01-31T12:00:00.000Z");
    EXPECT_EQ(got->key, std::string("k\0\xC3\xA9", 4));
    EXPECT_EQ(got->tenant, "acme");
}

TEST(envelope_test, needs_type_and_data_only) {
    for (const std::string_view data : {"null", "0", "\"\"", "[]", "{}", "false"}) {
        const std::string text = "{\"\\u0074ype\":\"a\",\"data\":" + std::string(data) + "}";
        const auto got = read(text);
        ASSERT_TRUE(got) << data;
        EXPECT_EQ(got->data, data);
        EXPECT_EQ(got->type, "a");
        EXPECT_FALSE(got->timestamp);
    }
}

struct wrong {
    std::string_view field;
    std::string text;
};

class faulty_fields : public ::testing::TestWithParam<wrong> {};

TEST_P(faulty_fields, are_422_and_named) {
    const auto got = read(GetParam().text);
    ASSERT_FALSE(got) << GetParam().text;
    EXPECT_EQ(got.error().status, 422);
    ASSERT_EQ(got.error().errors.size(), 1U) << to_json(got.error());
    EXPECT_EQ(got.error().errors.front().field, GetParam().field);
    EXPECT_NE(got.error().detail.find(GetParam().field), std::string::npos);
}

std::string with(std::string_view member) {
    return R"({"type":"a","data":1,)" + std::string(member) + "}";
}
std::string typed(std::string_view type) {
    return R"({"data":1,"type":)" + std::string(type) + "}";
}

INSTANTIATE_TEST_SUITE_P(
    intake, faulty_fields,
    ::testing::Values(wrong{"type", R"({"data":1})"}, wrong{"data", R"({"type":"a"})"},
                      wrong{"type", typed("1")}, wrong{"type", typed("null")}, wrong{"type", typed("\"\"")},
                      wrong{"type", typed("\"a b\"")}, wrong{"type", typed("\"caf\xC3\xA9\"")},
                      wrong{"type", typed("\"a*\"")}, wrong{"type", typed('"' + std::string(257, 'a') + '"')},
                      wrong{"type", typed("\"postrider.internal\"")}, wrong{"id", with(R"("id":"")")},
                      wrong{"id", with(R"("id":"a.b")")}, wrong{"id", with(R"("id":"a b")")},
                      wrong{"id", with(R"("id":12)")}, wrong{"id", with(R"("id":null)")},
                      wrong{"id", with(R"("id":")" + std::string(257, 'a') + '"')},
                      wrong{"key", with(R"("key":"")")}, wrong{"key", with(R"("key":[])")},
                      wrong{"key", with(R"("key":")" + std::string(257, 'k') + '"')},
                      wrong{"tenant", with(R"("tenant":"")")}, wrong{"tenant", with(R"("tenant":"a.b")")},
                      wrong{"tenant", with(R"("tenant":")" + std::string(65, 't') + '"')},
                      wrong{"timestamp", with(R"("timestamp":"yesterday")")},
                      wrong{"timestamp", with(R"("timestamp":1769860800)")},
                      wrong{"Type", with(R"("Type":"a")")}, wrong{"other", with(R"("other":1)")},
                      wrong{"", with(R"("":1)")}));

TEST(envelope_test, sizes_at_the_bound_are_fine) {
    EXPECT_TRUE(read(typed('"' + std::string(256, 'a') + '"')));
    EXPECT_TRUE(read(with(R"("id":")" + std::string(256, 'a') + '"')));
    EXPECT_TRUE(read(with(R"("key":")" + std::string(256, 'k') + '"')));
    EXPECT_TRUE(read(with(R"("tenant":")" + std::string(64, 't') + '"')));
    EXPECT_TRUE(read(typed("\"postrider\""))) << "only what begins with `postrider.` is kept";
}

TEST(envelope_test, every_wrong_field_is_told_in_the_order_of_the_text) {
    const auto got = read(R"({"id":"","type":" ","extra":1})");
    ASSERT_FALSE(got);
    ASSERT_EQ(got.error().errors.size(), 4U);
    EXPECT_EQ(got.error().errors[0].field, "id");
    EXPECT_EQ(got.error().errors[1].field, "type");
    EXPECT_EQ(got.error().errors[2].field, "extra");
    EXPECT_EQ(got.error().errors[3].field, "data");
    EXPECT_NE(to_json(got.error()).find(R"("errors":[{"field":"id","message":")"), std::string::npos);
}

TEST(envelope_test, an_endless_number_of_unknown_fields_has_a_bounded_answer) {
    std::string text = "{\"" + std::string(10000, 'x') + "\":0";
    for (int n = 0; n < 5000; ++n)
        text += ",\"" + std::to_string(n) + "\":0";
    const auto got = read(text + '}');
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().errors.size(), 16U);
    EXPECT_LT(to_json(got.error()).size(), 4000U);
}

TEST(envelope_test, repeated_fields_are_400_however_they_are_written) {
    for (const std::string_view text : {R"({"type":"a","type":"a","data":1})",
                                        R"({"type":"a","data":1,"\u0064ata":2})", R"({"x":1,"x":2})"}) {
        const auto got = read(text);
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().status, 400) << text;
        EXPECT_EQ(got.error().code, "repeated_field");
    }
    EXPECT_TRUE(read(R"({"type":"a","data":{"x":1,"x":2}})")) << "inside data they are the receiver's affair";
}

TEST(media_type_test, takes_json_in_utf_8) {
    EXPECT_EQ(read_media_type("application/json"), media::json);
    EXPECT_EQ(read_media_type("Application/JSON ; Charset=UTF-8"), media::json);
    EXPECT_EQ(read_media_type("application/json;charset=\"utf-8\";"), media::json);
    EXPECT_EQ(read_media_type("application/x-ndjson"), media::ndjson);
    for (const std::string_view other :
         {"", "text/plain", "application/json2", "application/json;charset=latin1", "application/json; x=y",
          "application/x-www-form-urlencoded", "application/json, text/plain", "json"})
        EXPECT_EQ(read_media_type(other), media::other) << other;
}

}  // namespace
}  // namespace postrider::intake
