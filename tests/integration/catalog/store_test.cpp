#include "catalog_story.h"

#include <algorithm>

namespace postrider::catalog {
namespace {

using catalog_store = catalog_story;

TEST_F(catalog_store, is_empty_at_first) {
    EXPECT_EQ(get(store_->version()), 0u);
    const auto all = get(store_->read());
    ASSERT_TRUE(all);
    EXPECT_EQ(all->version, 0u);
    EXPECT_TRUE(all->endpoints.empty());
    EXPECT_TRUE(all->standings.empty());
}

TEST_F(catalog_store, the_key_of_cursors_is_made_once_for_all) {
    redis("CONFIG", "SET", "maxmemory", "1");
    const auto first = get(store_->read());
    redis("CONFIG", "SET", "maxmemory", "0");
    ASSERT_TRUE(first) << first.error().text;
    EXPECT_EQ(first->cursor_key.reveal().size(), 44u);
    const auto other = make_store(sealer_of("k"));
    EXPECT_EQ(get(other->read())->cursor_key, first->cursor_key);
    redis("SET", "test:{catalog}:cursor_key", "short");
    EXPECT_EQ(get(store_->read()).error().kind, fault_kind::unreadable);
    redis("DEL", "test:{catalog}:cursor_key");
    EXPECT_NE(get(store_->read())->cursor_key, first->cursor_key);
}

TEST_F(catalog_store, what_was_created_is_found_and_cannot_be_read_by_others) {
    EXPECT_EQ(get(store_->create(entry_named("ep_1"))), 1u);
    EXPECT_EQ(get(store_->version()), 1u);
    const auto found = get(store_->find("ep_1"));
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_EQ(found->id, "ep_1");
    EXPECT_EQ(found->tenant, "acme");
    EXPECT_EQ(settings_of(*found), settings_of(entry_named("ep_1")));
    EXPECT_EQ(found->created_at, clock_.now);
    EXPECT_EQ(found->updated_at, clock_.now);
    const auto stored = redis("HGET", "test:{catalog}:endpoints", "ep_1");
    EXPECT_EQ(stored.text().find("whsec"), std::string_view::npos);
    EXPECT_EQ(stored.text().find("acme"), std::string_view::npos);
    EXPECT_EQ(redis("KEYS", "*").size(), 3u) << "endpoints, version and trail";
}

TEST_F(catalog_store, a_second_one_of_the_same_id_is_refused) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    const auto again = get(store_->create(entry_named("ep_1", "second")));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, fault_kind::changed);
    EXPECT_EQ(settings_of(*get(store_->find("ep_1"))), settings_of(entry_named("ep_1")));
    EXPECT_EQ(get(store_->version()), 1u);
}

TEST_F(catalog_store, replacing_keeps_the_birth_and_moves_the_version) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    const auto before = *get(store_->find("ep_1"));
    clock_.now += milliseconds(5);
    EXPECT_EQ(get(store_->replace(entry_named("ep_1", "second"), before)), 2u);
    const auto after = get(store_->find("ep_1"));
    ASSERT_TRUE(after);
    EXPECT_EQ(settings_of(*after), settings_of(entry_named("ep_1", "second")));
    EXPECT_EQ(after->created_at, before.created_at);
    EXPECT_EQ(after->updated_at, clock_.now);
}

TEST_F(catalog_store, a_change_from_an_older_state_is_refused) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    const auto before = *get(store_->find("ep_1"));
    ASSERT_TRUE(get(store_->replace(entry_named("ep_1", "second"), before))) << "in the same millisecond";
    const auto late = get(store_->replace(entry_named("ep_1", "third"), before));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind, fault_kind::changed);
    EXPECT_EQ(settings_of(*get(store_->find("ep_1"))), settings_of(entry_named("ep_1", "second")));
}

TEST_F(catalog_store, removing_takes_the_standing_along) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    ASSERT_TRUE(get(store_->change_standing("acme.ep_1", store::step::pause, "")));
    EXPECT_EQ(get(store_->remove("ep_1", "acme.ep_1")), 3u);
    EXPECT_EQ(get(store_->find("ep_1")).error().kind, fault_kind::missing);
    EXPECT_TRUE(get(store_->read())->standings.empty());
    EXPECT_EQ(get(store_->remove("ep_1", "acme.ep_1")).error().kind, fault_kind::missing);
    EXPECT_EQ(get(store_->version()), 3u);
}

TEST_F(catalog_store, what_is_not_there_is_missing) {
    EXPECT_EQ(get(store_->find("ep_0")).error().kind, fault_kind::missing);
    EXPECT_EQ(get(store_->replace(entry_named("ep_0"), entry_named("ep_0"))).error().kind,
              fault_kind::missing);
}

TEST_F(catalog_store, without_a_key_it_is_read_only) {
    const auto keyless = make_store(sealer_of(""));
    EXPECT_EQ(get(keyless->create(entry_named("ep_1"))).error().kind, fault_kind::no_key);
    EXPECT_EQ(get(keyless->replace(entry_named("ep_1"), entry_named("ep_1"))).error().kind,
              fault_kind::no_key);
    EXPECT_TRUE(get(keyless->read()));
    EXPECT_TRUE(get(keyless->change_standing("acme.ep_1", store::step::pause, ""))) << "no secret in it";
}

TEST_F(catalog_store, thousands_are_read_whole_in_slices) {
    constexpr int many = 3000;
    const auto sealing = sealer_of("a");
    redis("CONFIG", "RESETSTAT");
    for (int number = 0; number < many; ++number)
        ASSERT_TRUE(get(store_->create(entry_named("ep_" + std::to_string(number)))));
    const auto all = get(store_->read());
    ASSERT_TRUE(all);
    EXPECT_EQ(all->version, static_cast<std::uint64_t>(many));
    ASSERT_EQ(all->endpoints.size(), static_cast<std::size_t>(many));
    EXPECT_TRUE(std::is_sorted(all->endpoints.begin(), all->endpoints.end(),
                               [](const entry& left, const entry& right) { return left.id < right.id; }));
    const std::string statistics(redis("INFO", "commandstats").text());
    EXPECT_NE(statistics.find("cmdstat_hscan:calls="), std::string::npos);
    EXPECT_EQ(statistics.find("cmdstat_hgetall"), std::string::npos);
}

TEST_F(catalog_store, there_are_at_most_so_many) {
    redis("EVAL", "for i = 1, ARGV[1] do redis.call('HSET', KEYS[1], 'ep_' .. i, 'x') end", "1",
          "test:{catalog}:endpoints", std::to_string(store::most_endpoints));
    EXPECT_EQ(get(store_->create(entry_named("ep_new"))).error().kind, fault_kind::full);
    EXPECT_EQ(get(store_->version()), 0u);
}

TEST_F(catalog_store, an_entry_that_cannot_be_opened_is_named) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    const auto other = make_store(sealer_of("b"));
    const auto found = get(other->find("ep_1"));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, fault_kind::unreadable);
    EXPECT_TRUE(
        found.error().text.starts_with("the endpoint ep_1 cannot be opened: it was sealed with a key"))
        << found.error().text;
    EXPECT_EQ(get(other->read()).error().kind, fault_kind::unreadable);
}

TEST_F(catalog_store, an_entry_moved_to_another_id_is_refused) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    redis("EVAL", "redis.call('HSET', KEYS[1], 'ep_2', redis.call('HGET', KEYS[1], 'ep_1'))", "1",
          "test:{catalog}:endpoints");
    EXPECT_EQ(get(store_->find("ep_2")).error().kind, fault_kind::unreadable);
    EXPECT_TRUE(get(store_->find("ep_1")));
}

TEST_F(catalog_store, seals_anew_what_an_older_key_had_sealed) {
    for (int number = 0; number < 300; ++number)
        ASSERT_TRUE(get(store_->create(entry_named("ep_" + std::to_string(number)))));
    const auto turned = make_store(sealer_of("ba"));
    EXPECT_EQ(get(turned->seal_anew())->sealed_anew, 256u);
    EXPECT_EQ(get(turned->seal_anew())->sealed_anew, 44u);
    EXPECT_EQ(get(turned->seal_anew())->sealed_anew, 0u);
    const auto only_new = make_store(sealer_of("b"));
    const auto all = get(only_new->read());
    ASSERT_TRUE(all);
    EXPECT_EQ(all->endpoints.size(), 300u);
    EXPECT_EQ(all->version, 300u) << "nothing changed that anybody has to read";
}

TEST_F(catalog_store, what_was_sealed_anew_meanwhile_is_replaced_all_the_same) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    const auto before = *get(store_->find("ep_1"));
    const auto turned = make_store(sealer_of("ba"));
    ASSERT_EQ(get(turned->seal_anew())->sealed_anew, 1u);
    EXPECT_TRUE(get(turned->replace(entry_named("ep_1", "second"), before)));
}

TEST_F(catalog_store, a_key_of_the_wrong_kind_is_a_fault_and_nothing_changes) {
    redis("SET", "test:{catalog}:endpoints", "odd");
    EXPECT_EQ(get(store_->create(entry_named("ep_1"))).error().kind, fault_kind::unreadable);
    EXPECT_FALSE(get(store_->read()));
    EXPECT_EQ(get(store_->version()), 0u);
    redis("DEL", "test:{catalog}:endpoints");
    redis("SET", "test:{catalog}:version", "odd");
    EXPECT_EQ(get(store_->create(entry_named("ep_1"))).error().kind, fault_kind::unreadable);
    EXPECT_EQ(redis("EXISTS", "test:{catalog}:endpoints").integer(), 0);
}

TEST_F(catalog_store, scripts_that_redis_forgot_are_sent_again) {
    redis("SCRIPT", "FLUSH");
    EXPECT_EQ(get(store_->create(entry_named("ep_1"))), 1u);
}

TEST_F(catalog_store, a_silent_redis_is_unavailable_after_two_seconds) {
    server().pause();
    const auto began = system_time().monotonic_now();
    const auto version = get(store_->version());
    const auto took = system_time().monotonic_now() - began;
    server().resume();
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().kind, fault_kind::unavailable);
    EXPECT_GE(took, milliseconds(1900));
    EXPECT_TRUE(client_->connected()) << "the call ended, and not the connection";
    EXPECT_TRUE(get(store_->version())) << "the late reply went to nobody";
}

TEST_F(catalog_store, out_of_memory_standings_change_and_endpoints_are_not_made) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1"))));
    redis("CONFIG", "SET", "maxmemory", "1");
    EXPECT_EQ(get(store_->create(entry_named("ep_2"))).error().kind, fault_kind::unavailable);
    EXPECT_TRUE(get(store_->change_standing("acme.ep_1", store::step::disable_gone, "u")));
    EXPECT_TRUE(get(store_->remove("ep_1", "acme.ep_1")));
    redis("CONFIG", "SET", "maxmemory", "0");
}

}  // namespace
}  // namespace postrider::catalog
