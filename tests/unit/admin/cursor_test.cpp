#include <admin/cursor.h>
#include <gtest/gtest.h>

namespace postrider::admin {
namespace {

const secret key(std::string(44, 'k'));
const std::string scope = list_scope(key, "/api/dead-letters", "acme", "reason=4:gone");

TEST(cursor_test, leads_back_to_its_position) {
    for (const std::string& position : {std::string("d"), std::string("d.17.abc_-"), std::string(640, 'x')}) {
        const auto cursor = make_cursor(scope, position);
        EXPECT_EQ(
            cursor.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"),
            std::string::npos);
        EXPECT_EQ(read_cursor(scope, cursor), position);
        EXPECT_EQ(read_position(scope, cursor), position);
    }
    EXPECT_EQ(read_position(scope, ""), "");
}

TEST(cursor_test, holds_for_its_list_only) {
    const auto cursor = make_cursor(scope, "d.17");
    EXPECT_FALSE(read_cursor(list_scope(key, "/api/dead-letters", "acme", ""), cursor));
    EXPECT_FALSE(read_cursor(list_scope(key, "/api/dead-letters", "other", "reason=4:gone"), cursor));
    EXPECT_FALSE(read_cursor(list_scope(key, "/api/dead-letters", std::nullopt, "reason=4:gone"), cursor));
    EXPECT_FALSE(read_cursor(list_scope(key, "/api/jobs", "acme", "reason=4:gone"), cursor));
}

TEST(cursor_test, a_forged_one_is_none) {
    const auto cursor = make_cursor(scope, "d.17");
    for (std::size_t at = 0; at < cursor.size(); ++at) {
        auto forged = cursor;
        forged[at] = forged[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(read_cursor(scope, forged)) << at;
        EXPECT_FALSE(read_cursor(scope, cursor.substr(0, at))) << at;
    }
    for (const std::string& text :
         {std::string("x"), std::string("d.17"), cursor + "A", cursor + "=", cursor + "\n", "+" + cursor,
          std::string(4096, 'A'), make_cursor(scope, std::string(641, 'x')), make_cursor(scope, "")})
        EXPECT_FALSE(read_cursor(scope, text)) << text;
}

TEST(cursor_test, holds_under_its_key_only) {
    const auto cursor = make_cursor(scope, "d.17");
    for (const auto& other : {secret(std::string(44, 'l')), secret(std::string(43, 'k')), secret()}) {
        const auto elsewhere = list_scope(other, "/api/dead-letters", "acme", "reason=4:gone");
        EXPECT_FALSE(read_cursor(elsewhere, cursor));
        EXPECT_NE(make_cursor(elsewhere, "d.17"), cursor);
    }
}

TEST(cursor_test, there_is_none_behind_the_last_page) {
    EXPECT_TRUE(next_cursor(scope, "").is_null());
    EXPECT_EQ(next_cursor(scope, "d"), make_cursor(scope, "d"));
}

TEST(cursor_test, a_position_that_the_store_does_not_know_is_a_forged_cursors) {
    EXPECT_EQ(refuse(queue::read_fault{true, ""}).status, 422);
    const auto away = refuse(queue::read_fault{false, "secret detail"});
    EXPECT_EQ(away.status, 503);
    EXPECT_FALSE(away.headers.empty());
    EXPECT_EQ(away.body.find("secret detail"), std::string::npos);
}

}  // namespace
}  // namespace postrider::admin
