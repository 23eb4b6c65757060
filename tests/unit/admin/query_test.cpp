#include <admin/identifiers.h>
#include <admin/query.h>
#include <gtest/gtest.h>

namespace postrider::admin {
namespace {

json refusal_of(const query& given) {
    const auto refusal = given.refusal();
    return refusal ? json::parse(refusal->body) : json();
}

query all_of(std::string_view text) {
    return {text, "limit, cursor, status, reason, event_type, before, webhook_id"};
}

TEST(query_test, names_and_values_are_decoded) {
    auto given = all_of("event_type=case%2Ecreated&&%6Cimit=7&before=2026-01-31T12:00:00+01:00&status=dead");
    EXPECT_EQ(given.take_event_type("event_type"), "case.created");
    EXPECT_EQ(given.take_limit(10), 7U);
    EXPECT_EQ(to_rfc3339(given.take_time("before").value()), "2026-01-31T11:00:00.000Z");
    EXPECT_EQ(given.take_status("status"), queue::delivery_status::dead);
    EXPECT_FALSE(given.refusal());
    auto encoded = all_of("before=2026-01-31T12%3A00%3A00%2B01%3A00");
    EXPECT_EQ(encoded.take_time("before"), given.take_time("before"));
}

TEST(query_test, an_empty_filter_is_none) {
    auto given = all_of("status=&event_type=&before=&reason&webhook_id=");
    EXPECT_FALSE(given.take_status("status"));
    EXPECT_EQ(given.take_event_type("event_type"), "");
    EXPECT_EQ(given.take_one_of("status", {"active"}), "");
    EXPECT_FALSE(given.take_time("before"));
    EXPECT_FALSE(given.take_reason("reason"));
    EXPECT_EQ(given.take_name("webhook_id"), "");
    EXPECT_FALSE(given.refusal());
    EXPECT_EQ(given.take_limit(10), 10U);
    EXPECT_EQ(given.take_text("cursor"), "");
}

TEST(query_test, what_is_wrong_is_named_with_what_is_allowed) {
    struct row {
        std::string_view text, field, message;
    };
    for (const auto& [text, field, message] :
         std::initializer_list<row>{{"limit=0", "limit", "1 to 250"},
                                    {"limit=251", "limit", "1 to 250"},
                                    {"limit=99999999999999999999", "limit", "1 to 250"},
                                    {"limit=-1", "limit", "1 to 250"},
                                    {"limit=%2B1", "limit", "1 to 250"},
                                    {"limit=1%20", "limit", "1 to 250"},
                                    {"limit=ten", "limit", "1 to 250"},
                                    {"limit=1&limit=1", "limit", "twice"},
                                    {"limit=", "limit", "empty"},
                                    {"cursor", "cursor", "empty"},
                                    {"status=done", "status", "pending, delivering, retrying"},
                                    {"status=DEAD", "status", "pending"},
                                    {"reason=odd", "reason", "terminal_status, gone"},
                                    {"event_type=case.*", "event_type", "1 to 256 letters"},
                                    {"event_type=a%00", "event_type", "1 to 256 letters"},
                                    {"webhook_id=a.b", "webhook_id", "1 to 64 letters"},
                                    {"before=yesterday", "before", "RFC 3339"},
                                    {"before=2026-02-30T00:00:00Z", "before", "RFC 3339"},
                                    {"before=2026-01-31", "before", "RFC 3339"},
                                    {"status=%zz", "status", "percent-encoded UTF-8"},
                                    {"status=%4", "status", "percent-encoded UTF-8"},
                                    {"status=%ff", "status", "percent-encoded UTF-8"},
                                    {"status=%c0%80", "status", "percent-encoded UTF-8"},
                                    {"colour=red", "colour", "known are limit, cursor, status"},
                                    {"Limit=1", "Limit", "known are limit"},
                                    {"event", "event", "known are limit"},
                                    {"limit,%20cursor=1", "limit, cursor", "known are limit"},
                                    {"=1", "", "known are limit"},
                                    {"%zz=1", "%zz", "known are limit"}}) {
        auto given = all_of(text);
        (void)given.take_limit(10);
        (void)given.take_status("status");
        (void)given.take_reason("reason");
        (void)given.take_event_type("event_type");
        (void)given.take_name("webhook_id");
        (void)given.take_time("before");
        const auto refusal = refusal_of(given);
        ASSERT_TRUE(refusal.is_object()) << text;
        EXPECT_EQ(refusal["status"], 422);
        EXPECT_EQ(refusal["code"], "invalid_query");
        ASSERT_EQ(refusal["errors"].size(), 1U) << text;
        EXPECT_EQ(refusal["errors"][0]["field"], field) << text;
        EXPECT_NE(refusal["errors"][0]["message"].get<std::string>().find(message), std::string::npos)
            << text << ": " << refusal["errors"][0]["message"];
    }
}

TEST(query_test, every_fault_is_told) {
    auto given = all_of("limit=0&colour=red&status=odd");
    (void)given.take_limit(10);
    (void)given.take_status("status");
    EXPECT_EQ(refusal_of(given)["errors"].size(), 3U);
    EXPECT_NE(refusal_of(query("a=1", ""))["detail"].get<std::string>().find("no parameters"),
              std::string::npos);
}

TEST(query_test, filters_are_one_text_for_one_meaning) {
    const auto filters = all_of("status=dead&event_type=a").filters();
    EXPECT_EQ(all_of("event_type=%61&limit=3&cursor=x&status=dead&before=").filters(), filters);
    EXPECT_NE(all_of("status=dead").filters(), filters);
    EXPECT_NE(all_of("status=dead&event_type=b").filters(), filters);
    EXPECT_NE(all_of("status=a%26reason%3Db").filters(), all_of("status=a&reason=b").filters());
    EXPECT_EQ(all_of("limit=3").filters(), "");
}

TEST(query_test, the_allowed_are_those_that_are_read) {
    using queue::delivery_status;
    for (const auto status :
         {delivery_status::pending, delivery_status::delivering, delivery_status::retrying,
          delivery_status::delivered, delivery_status::dead, delivery_status::expired})
        EXPECT_NE(known_statuses().find(to_string(status)), std::string::npos);
    for (const auto reason : {dead_reason::terminal_status, dead_reason::gone,
                              dead_reason::attempts_exhausted, dead_reason::expired, dead_reason::interrupted,
                              dead_reason::backlog_full, dead_reason::endpoint_deleted})
        EXPECT_NE(known_reasons().find(to_string(reason)), std::string::npos);
}

}  // namespace
}  // namespace postrider::admin
