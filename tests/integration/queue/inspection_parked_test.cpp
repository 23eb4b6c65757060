#include "inspection_story.h"

#include <set>

namespace postrider::queue {
namespace {

using inspection_parked = inspection_story;
using names = std::vector<std::string>;

TEST_F(inspection_parked, what_is_parked_comes_behind_what_waits) {
    for (const auto* event : {"k1", "k2", "k3"})
        put_keyed(event, "k");
    put_keyed("l1", "l");
    put_keyed("l2", "l");
    put("plain");
    retry(take());
    EXPECT_EQ(events_of(list().rows), (names{"k1 retrying", "plain pending", "l1 pending", "k3 pending",
                                             "k2 pending", "l2 pending"}));
    EXPECT_EQ(events_of(list(with_status(delivery_status::pending)).rows),
              (names{"plain pending", "l1 pending", "k3 pending", "k2 pending", "l2 pending"}));
    delivery_filter filter;
    filter.parked = true;
    for (const auto& row : list(filter).rows)
        EXPECT_TRUE(row.is_parked) << row.event_id;
    EXPECT_EQ(events_of(list(filter).rows), (names{"k3 pending", "k2 pending", "l2 pending"}));
    filter.status = delivery_status::dead;
    EXPECT_EQ(list(filter).rows.size(), 0u) << "what is parked waits";
    filter.status.reset();
    filter.parked = false;
    EXPECT_EQ(events_of(list(filter).rows), (names{"k1 retrying", "plain pending", "l1 pending"}));
}

TEST_F(inspection_parked, what_is_parked_is_found_wherever_its_key_is_busy) {
    delivery_filter filter;
    filter.parked = true;
    std::vector<delivery> sending;
    for (const std::string key : {"flies", "later", "due", "waits"}) {
        put_keyed(key, key);
        put_keyed(key + " next", key);
        if (key != "waits") sending.push_back(take());
    }
    retry(sending[1]);
    retry(sending[2], milliseconds(0));
    until([this] {
        store_->promote_due();
        return outside_->text("LLEN", names_.retry_lane(partition_of("shop"), shop)) == "1";
    });
    const names all{"flies next pending", "later next pending", "due next pending", "waits next pending"};
    EXPECT_EQ(events_of(list(filter).rows), all);
    for (const std::size_t most : {1u, 2u, 3u})
        EXPECT_EQ(events_of(list_all(filter, most)), all) << most;
    deliver(sending.front());
}

TEST_F(inspection_parked, long_lines_are_listed_page_by_page_each_once) {
    for (int number = 0; number < 300; ++number)
        put_keyed("e" + std::to_string(number), number % 3 == 0 ? "a" : "b");
    put_keyed("alone", "c");
    delivery_filter filter;
    filter.parked = true;
    for (const std::size_t most : {7u, 100u, 250u}) {
        const auto rows = list_all(filter, most);
        std::set<std::string> events;
        for (const auto& row : rows)
            events.insert(row.event_id);
        EXPECT_EQ(rows.size(), 298u) << most;
        EXPECT_EQ(events.size(), 298u) << most;
    }
    EXPECT_EQ(list_all({}, 50).size(), 301u);
}

TEST_F(inspection_parked, what_was_replayed_behind_its_key_is_listed_once) {
    put_keyed("dead", "k");
    bury(take());
    put_keyed("busy", "k");
    auto item = item_of("dead");
    EXPECT_EQ(ask(inspection_->replay({item})).front().what, inspection::moved::done);
    EXPECT_EQ(events_of(list().rows), (names{"dead pending", "busy pending"})) << "in the history";
    delivery_filter filter;
    filter.parked = true;
    EXPECT_EQ(events_of(list(filter).rows), names{"dead pending"});
}

}  // namespace
}  // namespace postrider::queue
