#include "catalog_story.h"

#include <algorithm>

namespace postrider::catalog {
namespace {

class catalog_trail : public catalog_story {
 protected:
    static change by(std::string actor) {
        change who;
        who.actor = std::move(actor);
        who.via = "api";
        who.remote = "192.0.2.7";
        who.before = R"({"url":"a"})";
        who.after = R"({"url":"b"})";
        return who;
    }
    trail_page page(trail_filter filter = {}, std::string position = {}, std::size_t limit = 250) {
        auto read = get(store_->read_trail(std::move(filter), std::move(position), limit));
        EXPECT_TRUE(read) << read.error().text;
        return read ? std::move(*read) : trail_page();
    }
    std::vector<std::string> actions(trail_filter filter = {}) {
        std::vector<std::string> all;
        for (const auto& record : page(std::move(filter)).records)
            all.push_back(record.what.action);
        return all;
    }
    template <typename Value, typename Given>
    static trail_filter only(Value trail_filter::*field, Given wanted) {
        trail_filter filter;
        filter.*field = std::move(wanted);
        return filter;
    }
    void record(std::string action, std::string actor = "ops") {
        auto made = by(std::move(actor));
        made.action = std::move(action);
        ASSERT_TRUE(get(store_->record(std::move(made))));
    }
};

TEST_F(catalog_trail, each_change_writes_its_record_in_the_same_script) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"), by("ops"))));
    const auto before = *get(store_->find("ep_1"));
    ASSERT_TRUE(get(store_->replace(entry_named("ep_1", "second"), before, by("shop"))));
    ASSERT_TRUE(get(store_->change_standing("acme.ep_1", store::step::pause, "u", by("ops"))));
    ASSERT_TRUE(get(store_->change_standing("acme.ep_1", store::step::disable_gone, "u")));
    ASSERT_TRUE(get(store_->change_standing("acme.ep_1", store::step::resume, "u", by("ops"))));
    ASSERT_TRUE(get(store_->remove("ep_1", "acme.ep_1", by("ops"))));
    const auto all = page();
    ASSERT_EQ(all.records.size(), 6U);
    EXPECT_TRUE(all.next.empty());
    const std::vector<std::string> expected{"endpoint.deleted", "endpoint.resumed", "endpoint.disabled",
                                            "endpoint.paused",  "endpoint.changed", "endpoint.created"};
    EXPECT_EQ(actions(), expected);
    for (const auto& record : all.records) {
        EXPECT_EQ(record.what.target, "ep_1");
        EXPECT_EQ(record.what.tenant, "acme");
        EXPECT_LT(system_time().wall_now() - record.at, std::chrono::minutes(1));
    }
    const auto& made = all.records.back().what;
    EXPECT_EQ(made.actor, "ops");
    EXPECT_EQ(made.via, "api");
    EXPECT_EQ(made.remote, "192.0.2.7");
    EXPECT_EQ(made.before, R"({"url":"a"})");
    EXPECT_EQ(made.after, R"({"url":"b"})");
    const auto& disabled = all.records[2].what;
    EXPECT_EQ(disabled.actor, "daemon");
    EXPECT_EQ(disabled.before, R"({"paused":true,"disabled":""})");
    EXPECT_EQ(disabled.after, R"({"paused":true,"disabled":"gone"})");
    EXPECT_EQ(all.records[1].what.after, R"({"paused":false,"disabled":""})");
}

TEST_F(catalog_trail, what_changes_nothing_has_no_record) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    EXPECT_FALSE(get(store_->create(entry_named("ep_1"))));
    EXPECT_FALSE(get(store_->remove("ep_2", "acme.ep_2")));
    ASSERT_TRUE(get(store_->change_standing("acme.ep_1", store::step::pause, "")));
    ASSERT_TRUE(get(store_->change_standing("acme.ep_1", store::step::pause, "")));
    ASSERT_TRUE(get(store_->change_standing("acme.ep_1", store::step::moved, "")));
    EXPECT_EQ(get(make_store(sealer_of("ba"))->seal_anew())->sealed_anew, 1U);
    EXPECT_EQ(actions(), (std::vector<std::string>{"endpoint.paused", "endpoint.created"}));
}

TEST_F(catalog_trail, without_a_trail_that_can_be_written_nothing_changes) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    const auto before = *get(store_->find("ep_1"));
    redis("SET", "test:{catalog}:trail", "odd");
    EXPECT_EQ(get(store_->create(entry_named("ep_2"))).error().kind, fault_kind::unreadable);
    EXPECT_EQ(get(store_->replace(entry_named("ep_1", "second"), before)).error().kind,
              fault_kind::unreadable);
    EXPECT_EQ(get(store_->change_standing("acme.ep_1", store::step::pause, "")).error().kind,
              fault_kind::unreadable);
    EXPECT_EQ(get(store_->remove("ep_1", "acme.ep_1")).error().kind, fault_kind::unreadable);
    EXPECT_EQ(get(store_->record(by("ops"))).error().kind, fault_kind::unreadable);
    EXPECT_EQ(get(store_->version()), 1U);
    EXPECT_EQ(settings_of(*get(store_->find("ep_1"))), settings_of(entry_named("ep_1")));
    EXPECT_EQ(get(store_->find("ep_2")).error().kind, fault_kind::missing);
}

TEST_F(catalog_trail, is_written_also_while_redis_is_out_of_memory) {
    redis("CONFIG", "SET", "maxmemory", "1");
    record("dead_letters.purged");
    EXPECT_TRUE(get(store_->change_standing("acme.ep_1", store::step::pause, "")));
    redis("CONFIG", "SET", "maxmemory", "0");
    EXPECT_EQ(actions(), (std::vector<std::string>{"endpoint.paused", "dead_letters.purged"}));
}

TEST_F(catalog_trail, is_bounded_by_number) {
    store_->set_trail_limits({100, std::chrono::hours(24)});
    for (int number = 0; number < 130; ++number)
        record("n" + std::to_string(number));
    const auto kept = actions();
    ASSERT_EQ(kept.size(), 100U);
    EXPECT_EQ(kept.front(), "n129");
    EXPECT_EQ(kept.back(), "n30");
}

TEST_F(catalog_trail, what_is_too_old_goes_by_the_clock_of_redis) {
    redis("XADD", "test:{catalog}:trail", "1000-1", "r", R"({"action":"old"})", "b", "", "a", "");
    EXPECT_TRUE(actions().empty()) << "hidden before it is gone";
    clock_.now += std::chrono::hours(24 * 3000);
    EXPECT_EQ(get(store_->trim_trail()), 1U);
    record("new");
    clock_.now = system_time().wall_now() + std::chrono::hours(24 * 3000);
    record("another");
    EXPECT_EQ(redis("XLEN", "test:{catalog}:trail").integer(), 2) << "a wrong clock of ours removes nothing";
    EXPECT_EQ(get(store_->trim_trail()), 0U);
}

TEST_F(catalog_trail, is_read_in_pages_and_by_filters) {
    for (int number = 0; number < 300; ++number)
        record(number % 100 == 7 ? "event.redelivered" : "endpoint.tested", number % 2 == 0 ? "ops" : "shop");
    std::string position;
    std::size_t seen = 0;
    int pages = 0;
    do {
        const auto found = page({}, position, 70);
        seen += found.records.size();
        position = found.next;
        EXPECT_TRUE(position.empty() || is_trail_position(position));
        ++pages;
    } while (!position.empty());
    EXPECT_EQ(seen, 300U);
    EXPECT_EQ(pages, 5);
    EXPECT_EQ(actions(only(&trail_filter::action, "event.redelivered")).size(), 3U);
    EXPECT_EQ(actions(only(&trail_filter::action, "event")).size(), 3U);
    EXPECT_EQ(actions(only(&trail_filter::action, "even")).size(), 0U);
    EXPECT_EQ(page(only(&trail_filter::actor, "ops")).records.size(), 150U);
    EXPECT_EQ(page(only(&trail_filter::target, "nobody")).records.size(), 0U);
    const auto now = system_time().wall_now();
    EXPECT_EQ(page(only(&trail_filter::after, now + std::chrono::minutes(1))).records.size(), 0U);
    EXPECT_EQ(page(only(&trail_filter::before, now - std::chrono::minutes(1))).records.size(), 0U);
    auto around_now = only(&trail_filter::before, now + std::chrono::minutes(1));
    around_now.after = now - std::chrono::minutes(1);
    EXPECT_EQ(page(around_now).records.size(), 250U);
}

TEST_F(catalog_trail, looks_at_a_bounded_number_for_a_page) {
    redis("EVAL", "for i = 1, 6000 do redis.call('XADD', KEYS[1], '*', 'r', '{}', 'b', '', 'a', '') end", "1",
          "test:{catalog}:trail");
    const auto found = page(only(&trail_filter::actor, "nobody"));
    EXPECT_TRUE(found.records.empty());
    EXPECT_FALSE(found.next.empty()) << "a short page that goes on";
    EXPECT_FALSE(page(only(&trail_filter::actor, "nobody"), found.next).next.empty());
}

TEST_F(catalog_trail, long_sides_lose_their_longest_members) {
    auto made = by("ops");
    made.action = "endpoint.changed";
    made.after = R"({"url":"https://x.example/","events":")" + std::string(5000, 'e') +
                 R"(","description":")" + std::string(300, 'd') + R"("})";
    ASSERT_TRUE(get(store_->record(made)));
    const auto found = page().records.at(0).what;
    EXPECT_TRUE(found.is_cut);
    const std::string left =
        R"~({"url":"https://x.example/","events":"(cut)","description":")~" + std::string(300, 'd') + "\"}";
    EXPECT_EQ(found.after, left);
    made.after = '"' + std::string(5000, 'x') + '"';
    cut_to_fit(made);
    EXPECT_EQ(made.after, "\"(cut)\"");
}

TEST_F(catalog_trail, a_standing_holds_no_query_of_an_url) {
    ASSERT_TRUE(get(store_->change_standing("acme.ep_1", store::step::disable_gone,
                                            "https://x.example/in?token=planted")));
    const auto stored = redis("HGET", "test:{catalog}:standings", "acme.ep_1");
    EXPECT_EQ(stored.text().find("planted"), std::string_view::npos);
    const auto held = get(store_->read())->standings.at("acme.ep_1");
    EXPECT_EQ(held.url_text, url_mark("https://x.example/in?token=planted"));
    EXPECT_FALSE(
        get(store_->change_standing("acme.ep_1", store::step::moved, "https://x.example/in?token=planted"))
            ->changed);
    EXPECT_TRUE(
        get(store_->change_standing("acme.ep_1", store::step::moved, "https://x.example/in?token=other"))
            ->changed);
    EXPECT_EQ(url_mark("https://x.example/in"), "https://x.example/in");
}

TEST_F(catalog_trail, counts_what_each_key_has_sealed) {
    for (int number = 0; number < 10; ++number)
        ASSERT_TRUE(get(store_->create(entry_named("ep_" + std::to_string(number)))));
    const auto old_id = sealer_of("a")->key_ids().front();
    const auto new_id = sealer_of("b")->key_ids().front();
    EXPECT_EQ(get(store_->read())->sealed_with.at(old_id).entries, 10U);
    store_->set_sealer(sealer_of("ba"));
    EXPECT_EQ(get(store_->seal_anew(0))->sealed_with.at(old_id).entries, 10U) << "only counted";
    const auto some = get(store_->seal_anew(4));
    EXPECT_EQ(some->sealed_anew, 4U);
    EXPECT_EQ(some->sealed_with.at(old_id).entries, 6U);
    EXPECT_EQ(some->sealed_with.at(new_id).entries, 4U);
    const auto rest = get(store_->seal_anew());
    EXPECT_EQ(rest->sealed_with.size(), 1U);
    EXPECT_EQ(rest->sealed_with.at(new_id).entries, 10U);
    store_->set_sealer(sealer_of("b"));
    EXPECT_EQ(get(store_->read())->endpoints.size(), 10U) << "the old key can go";
}

TEST_F(catalog_trail, a_key_that_is_missing_is_named_with_what_it_sealed_and_nothing_is_lost) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    const auto bytes = std::string(redis("HGET", "test:{catalog}:endpoints", "ep_1").text());
    store_->set_sealer(sealer_of("b"));
    const auto read = get(store_->read());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().text,
              "the endpoint ep_1 cannot be opened: it was sealed with a key that is not "
              "configured (key id " +
                  sealer_of("a")->key_ids().front() + "); put that key among encryption.previous_keys");
    EXPECT_EQ(get(store_->seal_anew())->sealed_anew, 0U) << "what cannot be opened stays";
    EXPECT_EQ(redis("HGET", "test:{catalog}:endpoints", "ep_1").text(), bytes);
    store_->set_sealer(sealer_of("ba"));
    EXPECT_TRUE(get(store_->read()));
}

TEST_F(catalog_trail, a_spoiled_entry_is_refused_whichever_byte_it_is_and_never_sealed_anew) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    const auto bytes = std::string(redis("HGET", "test:{catalog}:endpoints", "ep_1").text());
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
        auto spoiled = bytes;
        spoiled[at] = static_cast<char>(spoiled[at] ^ 1);
        redis("HSET", "test:{catalog}:endpoints", "ep_1", spoiled);
        EXPECT_EQ(get(store_->find("ep_1")).error().kind, fault_kind::unreadable) << at;
        store_->set_sealer(sealer_of("ba"));
        EXPECT_EQ(get(store_->seal_anew())->sealed_anew, 0U) << at;
        EXPECT_EQ(redis("HGET", "test:{catalog}:endpoints", "ep_1").text(), spoiled) << at;
        store_->set_sealer(sealer_of("a"));
    }
}

}  // namespace
}  // namespace postrider::catalog
