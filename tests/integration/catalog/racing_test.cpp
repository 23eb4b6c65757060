#include "catalog_story.h"

#include <postrider/runtime/shard.h>

#include <set>

namespace postrider::catalog {
namespace {

namespace asio = boost::asio;

/// Two stores of two daemons: each with a connection of its own.
class racing_stores : public catalog_story {
 protected:
    void SetUp() override {
        catalog_story::SetUp();
        redis::client_settings settings;
        settings.where.kind = redis::location::transport::unix_socket;
        settings.where.path = server().socket_path();
        second_client_ = std::make_unique<redis::client>(context_.get_executor(), resolver_, settings,
                                                         store::preamble(), system_time());
        second_client_->start();
        until([this] { return second_client_->connected(); });
        second_ = std::make_unique<store>(*second_client_, "test", sealer_of("a"), random_, clock_);
    }
    void TearDown() override {
        second_.reset();
        run(second_client_->stop());
        second_client_.reset();
        catalog_story::TearDown();
    }
    /// Both run until both ended.
    void race(asio::awaitable<void> first, asio::awaitable<void> second) {
        int ended = 0;
        runtime::spawn(context_.get_executor(), "first", std::move(first), [&ended] { ++ended; });
        runtime::spawn(context_.get_executor(), "second", std::move(second), [&ended] { ++ended; });
        until([&ended] { return ended == 2; });
    }

    std::unique_ptr<redis::client> second_client_;
    std::unique_ptr<store> second_;
};

/// Appends a letter to the note as often as wanted, each time from what is there then.
asio::awaitable<void> append(store& store, int times, int& refused) {
    while (times > 0) {
        const auto before = co_await store.find("ep_1");
        if (!before) co_return;
        entry after = *before;
        std::string settings(before->settings.reveal());
        settings.insert(settings.size() - 2, "+");
        after.settings = secret(std::move(settings));
        const auto replaced = co_await store.replace(after, *before);
        if (replaced)
            --times;
        else if (replaced.error().kind == fault_kind::changed)
            ++refused;
        else
            co_return;
    }
}

TEST_F(racing_stores, no_change_of_an_entry_is_lost) {
    ASSERT_TRUE(get(store_->create(entry_named("ep_1", ""))));
    int refused = 0;
    race(append(*store_, 50, refused), append(*second_, 50, refused));
    EXPECT_EQ(settings_of(*get(store_->find("ep_1"))),
              settings_of(entry_named("ep_1", std::string(100, '+'))));
    EXPECT_EQ(get(store_->version()), 101u);
    EXPECT_GT(refused, 0) << "they did meet";
}

asio::awaitable<void> toggle(store& store, int times, std::set<std::uint64_t>& versions, int& changes) {
    for (int count = 0; count < times; ++count) {
        const auto what = count % 2 == 0 ? store::step::pause : store::step::resume;
        const auto changed = co_await store.change_standing("acme.ep_1", what, "");
        if (!changed || !changed->changed) continue;
        ++changes;
        versions.insert(changed->version);
    }
}

TEST_F(racing_stores, each_change_of_a_standing_has_a_version_of_its_own) {
    std::set<std::uint64_t> versions;
    int changes = 0;
    race(toggle(*store_, 100, versions, changes), toggle(*second_, 100, versions, changes));
    EXPECT_EQ(versions.size(), static_cast<std::size_t>(changes));
    EXPECT_EQ(get(store_->version()), versions.size());
}

/// One who pauses and one who disables meet: neither is lost.
asio::awaitable<void> take_step(store& store, store::step what) {
    const auto changed = co_await store.change_standing("acme.ep_1", what, "u");
    EXPECT_TRUE(changed);
}

TEST_F(racing_stores, a_pause_and_a_disablement_that_meet_both_hold) {
    race(take_step(*store_, store::step::pause), take_step(*second_, store::step::disable_gone));
    const auto all = get(store_->read());
    ASSERT_TRUE(all);
    const auto& held = all->standings.at("acme.ep_1");
    EXPECT_TRUE(held.paused);
    EXPECT_EQ(held.disabled, standing::disablement::gone);
}

asio::awaitable<void> create_pairs(store& store, int pairs, bool& ended) {
    for (int number = 0; number < pairs; ++number) {
        // Always the standing first: whoever sees the endpoint must see its standing.
        const std::string id = "ep_" + std::to_string(number);
        static_cast<void>(co_await store.change_standing("acme." + id, store::step::pause, ""));
        entry made;
        made.id = id;
        made.tenant = "acme";
        made.settings = secret("{}");
        static_cast<void>(co_await store.create(std::move(made)));
    }
    ended = true;
}

asio::awaitable<void> read_all_the_time(store& store, const bool& ended, int& reads) {
    while (!ended) {
        const auto all = co_await store.read();
        if (!all) continue;
        ++reads;
        EXPECT_TRUE(all->version == all->endpoints.size() + all->standings.size()) << all->version;
        for (const auto& seen : all->endpoints)
            EXPECT_TRUE(all->standings.contains("acme." + seen.id)) << seen.id;
    }
}

TEST_F(racing_stores, what_is_read_is_of_one_version) {
    bool ended = false;
    int reads = 0;
    race(create_pairs(*store_, 300, ended), read_all_the_time(*second_, ended, reads));
    const auto all = get(second_->read());
    ASSERT_TRUE(all);
    EXPECT_EQ(all->version, 600u);
}

}  // namespace
}  // namespace postrider::catalog
