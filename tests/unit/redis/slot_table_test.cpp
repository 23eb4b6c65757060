#include "redis/slot_table.h"

#include "redis/reply_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace postrider::redis {
namespace {

reply read_one(std::string_view bytes) {
    reply_reader reader(1024 * 1024);
    std::vector<reply> replies;
    EXPECT_TRUE(reader.feed(bytes, replies));
    return replies.empty() ? reply() : std::move(replies.front());
}

std::string text(std::string_view value) {
    return "$" + std::to_string(value.size()) + "\r\n" + std::string(value) + "\r\n";
}

std::string node(std::string_view host, int port) {
    return "*3\r\n" + text(host) + ":" + std::to_string(port) + "\r\n" + text("id");
}

std::string range(int first, int last, const std::string& master) {
    return "*4\r\n:" + std::to_string(first) + "\r\n:" + std::to_string(last) + "\r\n" + master +
           node("10.9.9.9", 1);
}

expected<slot_table, std::string> table(const std::vector<std::string>& ranges) {
    std::string all = "*" + std::to_string(ranges.size()) + "\r\n";
    for (const std::string& each : ranges)
        all += each;
    return slot_table::from(read_one(all), "asked");
}

TEST(slot_table, has_the_master_of_each_slot) {
    const auto got = table({range(0, 5460, node("10.0.0.1", 7001)), range(5461, 5461, node("10.0.0.2", 7002)),
                            range(5462, 16383, node("10.0.0.1", 7001))});
    ASSERT_TRUE(got) << got.error();
    const node_address first{"10.0.0.1", 7001};
    const node_address second{"10.0.0.2", 7002};
    for (const std::uint16_t slot : std::vector<std::uint16_t>{0, 5460, 5462, 16383})
        EXPECT_EQ(*got->owner(slot), first) << slot;
    EXPECT_EQ(*got->owner(5461), second);
    EXPECT_EQ(got->nodes(), (std::vector<node_address>{first, second}));
}

/// Deliveries may not go there either.
TEST(slot_table, knows_the_replicas) {
    const std::string both =
        "*5\r\n:0\r\n:9\r\n" + node("10.0.0.1", 7001) + node("10.0.0.3", 7003) + node("", 7004);
    const auto got =
        table({both, range(10, 20, node("10.0.0.2", 7002)), range(21, 30, node("10.0.0.2", 7002))});
    ASSERT_TRUE(got) << got.error();
    EXPECT_EQ(got->replicas(),
              (std::vector<node_address>{{"10.0.0.3", 7003}, {"asked", 7004}, {"10.9.9.9", 1}}));
    EXPECT_EQ(got->nodes().size(), 2U) << "they serve no slot";
}

TEST(slot_table, leaves_open_what_nobody_serves) {
    const auto got = table({range(1, 2, node("10.0.0.1", 7001)), range(3, 3, node("?", 7002))});
    ASSERT_TRUE(got) << got.error();
    EXPECT_EQ(got->owner(0), nullptr);
    EXPECT_NE(got->owner(2), nullptr);
    EXPECT_EQ(got->owner(3), nullptr) << "a name that nobody knows";
}

TEST(slot_table, takes_the_host_asked_for_a_node_that_knows_none) {
    const std::string nil_host = "*3\r\n$-1\r\n:7003\r\n" + text("id");
    const auto got = table({range(0, 0, node("", 7001)), range(1, 1, nil_host)});
    ASSERT_TRUE(got) << got.error();
    EXPECT_EQ(*got->owner(0), (node_address{"asked", 7001}));
    EXPECT_EQ(*got->owner(1), (node_address{"asked", 7003}));
}

TEST(slot_table, refuses_what_is_no_table) {
    EXPECT_FALSE(slot_table::from(read_one("+OK\r\n"), "asked"));
    EXPECT_FALSE(slot_table::from(read_one("*0\r\n"), "asked"));
    EXPECT_FALSE(table({":1\r\n"}));
    EXPECT_FALSE(table({range(0, 16384, node("h", 1))}));
    EXPECT_FALSE(table({range(-1, 1, node("h", 1))}));
    EXPECT_FALSE(table({range(2, 1, node("h", 1))}));
}

TEST(slot_table, learns_one_slot) {
    auto got = table({range(0, 16383, node("10.0.0.1", 7001))});
    ASSERT_TRUE(got) << got.error();
    got->set_owner(7, {"10.0.0.2", 7002});
    EXPECT_EQ(got->owner(7)->port, 7002);
    EXPECT_EQ(got->owner(8)->port, 7001);
}

TEST(slot_table, is_bounded) {
    slot_table filling;
    for (std::size_t count = 0; count <= slot_table::max_nodes; ++count)
        filling.set_owner(static_cast<std::uint16_t>(count), {"h", static_cast<std::uint16_t>(count + 1)});
    EXPECT_EQ(filling.nodes().size(), slot_table::max_nodes);
    EXPECT_EQ(filling.owner(slot_table::max_nodes), nullptr);
}

TEST(moved, names_the_slot_and_its_master) {
    const auto v4 = parse_moved("MOVED 3999 127.0.0.1:6381");
    ASSERT_TRUE(v4);
    EXPECT_EQ(v4->slot, 3999);
    EXPECT_EQ(v4->node, (node_address{"127.0.0.1", 6381}));
    const auto v6 = parse_moved("MOVED 1 2001:db8::1:6381");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->node, (node_address{"2001:db8::1", 6381}));
    const auto same_host = parse_moved("MOVED 1 :6381");
    ASSERT_TRUE(same_host);
    EXPECT_EQ(same_host->node, (node_address{"", 6381}));
}

TEST(moved, is_nothing_else) {
    for (const char* other :
         {"MOVED", "MOVED 1", "MOVED 1 host", "MOVED 16384 h:1", "MOVED -1 h:1", "MOVED 1 h:0",
          "MOVED 1 h:65536", "MOVED 1 ?:1", "MOVED x h:1", "ASK 1 h:1", "MOVEDX 1 h:1", ""})
        EXPECT_FALSE(parse_moved(other)) << other;
}

}  // namespace
}  // namespace postrider::redis
