#include <gtest/gtest.h>
#include <intake/batch.h>

#include <string>
#include <string_view>
#include <vector>

namespace postrider::intake {
namespace {

constexpr batch_limits limits{40, 3};

/// "ok", or the status of each; one number for a fault of the whole.
std::string summary(const posted_batch& batch) {
    if (!batch) return std::to_string(batch.error().status) + ' ' + batch.error().code;
    std::string out;
    for (const auto& event : *batch)
        out += (out.empty() ? "" : " ") + (event ? "ok" : std::to_string(event.error().status));
    return out;
}

std::string array(std::string_view body) {
    return summary(read_array(body, limits));
}
std::string lines(std::string_view body) {
    return summary(read_lines(body, limits));
}

TEST(batch_test, arrays) {
    EXPECT_EQ(array(R"([{"a":1}])"), "ok");
    EXPECT_EQ(array(R"( [ {} , 5 , {"a":1} ] )"), "ok 422 ok");
    EXPECT_EQ(array("[]"), "422 empty_batch");
    EXPECT_EQ(array("{}"), "422 not_an_array");
    EXPECT_EQ(array("5"), "422 not_an_array");
    EXPECT_EQ(array("[{},{},{},{}]"), "413 too_many_events");
    EXPECT_EQ(array("[{},{},{}]"), "ok ok ok");
    for (const std::string_view odd :
         {"", "[", "[{}", "[{},]", "[{} {}]", "[{}]x", "[{\"a\"}]", "{", "[5,tru]"})
        EXPECT_EQ(array(odd), "400 invalid_json") << odd;
}

TEST(batch_test, lines) {
    EXPECT_EQ(lines("{\"a\":1}\n{\"b\":2}"), "ok ok");
    EXPECT_EQ(lines("\n \t\r\n{}\r\n\n{}\n"), "ok ok");
    EXPECT_EQ(lines("{}\nno json\n[]\n"), "ok 400 422");
    EXPECT_EQ(lines("{\"a\":\n1}\n"), "400 400");
    EXPECT_EQ(lines("{} {}\n"), "400");
    EXPECT_EQ(lines(""), "422 empty_batch");
    EXPECT_EQ(lines("\n\n \n"), "422 empty_batch");
    EXPECT_EQ(lines("{}\n{}\n{}\n\n{}"), "413 too_many_events");
    EXPECT_EQ(lines("\xEF\xBB\xBF{}\n{}"), "400 ok");
}

TEST(batch_test, one_event_that_is_too_large_is_its_own_413) {
    const std::string exact = "{\"a\":\"" + std::string(32, 'x') + "\"}";
    const std::string over = "{\"a\":\"" + std::string(33, 'x') + "\"}";
    ASSERT_EQ(exact.size(), limits.max_event_bytes);
    EXPECT_EQ(array('[' + exact + ',' + over + ",{}]"), "ok 413 ok");
    EXPECT_EQ(lines(exact + '\n' + over + "\n{}"), "ok 413 ok");
}

TEST(batch_test, single_events) {
    EXPECT_TRUE(read_single(" {\"a\":1} "));
    EXPECT_EQ(read_single("[]").error().status, 422);
    EXPECT_EQ(read_single("5").error().status, 422);
    EXPECT_EQ(read_single("").error().status, 400);
    EXPECT_EQ(read_single("{}{}").error().status, 400);
    EXPECT_EQ(read_single("{\"a\":1,}").error().detail,
              "not JSON: no name where a member should begin at byte 7");
}

}  // namespace
}  // namespace postrider::intake
