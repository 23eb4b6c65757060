#include "store_story.h"

#include <postrider/queue/membership.h>
#include <postrider/queue/work_notes.h>
#include <postrider/redis/links.h>

#include <algorithm>
#include <set>

namespace postrider::queue {
namespace asio = boost::asio;
namespace {

/// The queue of one daemon: a member, its leases and its store, on the story's executor.
struct sharing_daemon {
    shifted_clock clock;
    system_random random;
    told_dispatcher dispatch;
    std::unique_ptr<redis::client> client;
    std::unique_ptr<redis::client> subscriber;
    std::unique_ptr<redis::links> links;  // of a daemon with a connection for each partition
    std::unique_ptr<queue::ownership> ownership;
    std::unique_ptr<queue::store> store;
    std::unique_ptr<queue::work_notes> notes;
    std::unique_ptr<queue::membership> membership;
    membership_view_ptr view;
    std::vector<std::pair<std::uint32_t, std::string>> told_of_work;
};

constexpr std::uint32_t all = 16;

/// Says where the hash of the members was, until it is told that this is not the place.
class late_locator final : public redis::locator {
 public:
    late_locator(redis::location before, redis::location now)
        : said_(std::move(before)), now_(std::move(now)) {}
    asio::awaitable<expected<redis::location, std::string>> locate() override { co_return said_; }
    asio::awaitable<bool> still_there() override { co_return true; }
    [[nodiscard]] milliseconds recheck_every() const noexcept override { return milliseconds::zero(); }
    void cancel() noexcept override {}
    void note_moved(std::string_view) override { said_ = now_; }
    void note_unreachable() override {}
    [[nodiscard]] bool wants_master() const noexcept override { return false; }
    [[nodiscard]] bool may_move() const noexcept override { return true; }

 private:
    redis::location said_;
    redis::location now_;
};

class membership_story : public queue_story {
 protected:
    void TearDown() override {
        for (auto& made : daemons_)
            end(*made);
        context_.restart();
        context_.run();  // and nothing is left behind
    }

    sharing_daemon& add(const std::string& id, milliseconds lease = milliseconds(60000),
                        bool exclusive = false, const std::string& config_hash = "same") {
        daemons_.push_back(std::make_unique<sharing_daemon>());
        sharing_daemon& made = *daemons_.back();
        made.client = connect(server());
        made.subscriber = make_subscriber(made);
        ownership::settings leases;
        for (std::uint32_t partition = 0; partition < all; ++partition)
            leases.partitions.push_back(partition);
        leases.lease = lease;
        leases.exclusive = exclusive;
        leases.holder = "host:" + id + ' ' + id;
        leases.waits_for_share = true;
        make_queue(made, leases);
        made.dispatch.claims_from = made.store.get();
        made.ownership->attach(*made.store, made.dispatch);
        made.notes = std::make_unique<work_notes>(context_.get_executor(), *made.client, keys_);
        made.membership = make_membership(made, id, lease, exclusive, config_hash);
        made.ownership->start();
        made.membership->start();
        return made;
    }
    void make_queue(sharing_daemon& made, const ownership::settings& leases) {
        if (!split_) {
            made.ownership = std::make_unique<ownership>(context_.get_executor(), *made.client, keys_,
                                                         made.random, metrics_, made.clock, leases);
            made.store =
                std::make_unique<store>(context_.get_executor(), *made.client, keys_, *made.ownership,
                                        made.dispatch, metrics_, made.clock, store::settings());
            return;
        }
        made.links = std::make_unique<redis::links>([this, &made](std::uint16_t) {
            return std::make_unique<redis::client>(context_.get_executor(), resolver_,
                                                   fast_settings(server()), store::preamble(), made.clock);
        });
        made.ownership = std::make_unique<ownership>(context_.get_executor(), *made.links, keys_, made.random,
                                                     metrics_, made.clock, leases);
        made.store =
            std::make_unique<store>(context_.get_executor(), *made.links, leases.partitions, keys_,
                                    *made.ownership, made.dispatch, metrics_, made.clock, store::settings());
        made.links->start();
    }
    std::unique_ptr<redis::client> make_subscriber(const sharing_daemon& made) {
        const auto settings = fast_settings(server());
        auto finder =
            listens_at_first_ == nullptr
                ? redis::make_fixed_locator(settings.where)
                : std::make_unique<late_locator>(fast_settings(*listens_at_first_).where, settings.where);
        return std::make_unique<redis::client>(context_.get_executor(), resolver_, std::move(finder),
                                               settings, std::vector<redis::command>(), made.clock);
    }
    std::unique_ptr<membership> make_membership(sharing_daemon& made, const std::string& id,
                                                milliseconds lease, bool exclusive,
                                                const std::string& config_hash) {
        membership::settings settings;
        settings.self.id = id;
        settings.self.name = "host:" + id;
        settings.self.config_hash = config_hash;
        settings.lease = lease;
        settings.exclusive = exclusive;
        membership::listener listener;
        listener.on_view = [&made](membership_view_ptr view) {
            made.view = view;
            made.notes->set_view(view);
            made.ownership->set_share(view->own_share());
        };
        listener.on_free = [&made] { made.ownership->look_now(); };
        listener.on_work = [&made](std::uint32_t partition, std::string queue_name) {
            made.told_of_work.emplace_back(partition, std::move(queue_name));
        };
        return std::make_unique<membership>(context_.get_executor(), *made.client, *made.subscriber, keys_,
                                            metrics_, made.clock, settings, std::move(listener));
    }
    /// As a daemon stops.
    void leave(sharing_daemon& daemon) {
        daemon.membership->leave();
        run(daemon.ownership->stop());
        run(daemon.membership->stop());
    }
    void end(sharing_daemon& daemon) {
        if (!daemon.client) return;
        leave(daemon);
        if (daemon.links) run(daemon.links->stop());
        disconnect(daemon.client);
        drop(daemon);
    }
    /// As kill -9: nothing is released, nobody is told.
    void kill(sharing_daemon& daemon) {
        run(daemon.client->stop());
        if (daemon.links) run(daemon.links->stop());
        run(daemon.subscriber->stop());
        daemon.membership->leave();
        run(daemon.membership->stop());
        run(daemon.ownership->stop());
        daemon.client.reset();
        drop(daemon);
    }
    static void drop(sharing_daemon& daemon) {
        daemon.membership.reset();
        daemon.notes.reset();
        daemon.store.reset();
        daemon.ownership.reset();
        daemon.links.reset();
        daemon.subscriber.reset();
    }
    static std::set<std::uint32_t> owned_by(const sharing_daemon& daemon) {
        std::set<std::uint32_t> owned;
        for (std::uint32_t partition = 0; partition < all; ++partition)
            if (!daemon.ownership->token(partition).empty()) owned.insert(partition);
        return owned;
    }
    void until_owned(const sharing_daemon& daemon, std::size_t count) {
        until([&] { return owned_by(daemon).size() == count && daemon.ownership->owned() == count; });
    }
    delivery put_in_flight(sharing_daemon& daemon, const std::string& id, const std::string& endpoint) {
        daemon.dispatch.slots = 1;
        std::optional<enqueue_answer> answer;
        const std::size_t before = daemon.dispatch.claimed.size();
        daemon.store->enqueue(event_for(id, {endpoint}), into(answer));
        until([&] { return daemon.dispatch.claimed.size() > before; });
        return daemon.dispatch.claimed.back();
    }
    /// An endpoint whose partition is among these.
    std::string endpoint_in(const std::set<std::uint32_t>& partitions) const {
        for (int number = 0;; ++number) {
            std::string id = "e" + std::to_string(number);
            if (partitions.contains(keys_.partition_of("default." + id))) return id;
        }
    }

    bool split_ = false;  ///< as on a Cluster
    const testing::redis_server* listens_at_first_ = nullptr;
    const keys keys_{"shared", all};
    std::vector<std::unique_ptr<sharing_daemon>> daemons_;
};

TEST_F(membership_story, one_alone_has_everything_and_a_second_gets_half_at_once) {
    sharing_daemon& first = add("a");
    until_owned(first, all);
    sharing_daemon& second = add("b");  // leases of a minute: nothing here waits for one
    until_owned(first, all / 2);
    until_owned(second, all / 2);
    EXPECT_EQ(first.view->share_of, second.view->share_of);
    std::set<std::uint32_t> together = owned_by(first);
    together.merge(owned_by(second));
    EXPECT_EQ(together.size(), all);
}

TEST_F(membership_story, three_share_evenly_and_one_that_leaves_hands_over_at_once) {
    sharing_daemon& first = add("a");
    sharing_daemon& second = add("b");
    sharing_daemon& third = add("c");
    const auto is_even = [&](const sharing_daemon& one) {
        return one.ownership->owned() == 5 || one.ownership->owned() == 6;
    };
    until([&] {
        return is_even(first) && is_even(second) && is_even(third) &&
               first.ownership->owned() + second.ownership->owned() + third.ownership->owned() == all;
    });
    end(third);
    until_owned(first, all / 2);
    until_owned(second, all / 2);
    EXPECT_EQ(look().text("HLEN", keys_.members()), "2");
}

TEST_F(membership_story, a_partition_is_given_only_when_what_is_in_flight_in_it_is_settled) {
    sharing_daemon& first = add("a");
    until_owned(first, all);
    // A first round with the same two names shows what will move.
    std::set<std::uint32_t> moves;
    {
        sharing_daemon& guest = add("b");
        until_owned(guest, all / 2);
        moves = owned_by(guest);
        end(guest);
        until_owned(first, all);
    }
    const delivery given = put_in_flight(first, "one", endpoint_in(moves));
    sharing_daemon& second = add("b");
    until([&] { return second.ownership->owned() == all / 2 - 1; });
    EXPECT_EQ(first.ownership->token(given.partition), "") << "nothing new begins";
    EXPECT_NE(first.ownership->settle_token(given.partition), "");
    first.store->complete(given, {});
    until_owned(second, all / 2);
    EXPECT_EQ(look().text("HLEN", keys_.inflight(given.partition)), "0");
    EXPECT_EQ(look().text("HGET", keys_.counts(given.partition), "delivered"), "1");
}

TEST_F(membership_story, with_a_connection_for_each_partition_shares_move_in_the_same_way) {
    split_ = true;
    sharing_daemon& first = add("a");
    until_owned(first, all);
    sharing_daemon& second = add("b");
    until_owned(first, all / 2);
    until_owned(second, all / 2);
    const std::string endpoint = endpoint_in(owned_by(second));
    const delivery given = put_in_flight(second, "one", endpoint);
    second.membership->leave();
    until_owned(first, all - 1);
    EXPECT_EQ(second.ownership->token(given.partition), "") << "nothing new begins";
    second.store->complete(given, {});
    until_owned(first, all);
    EXPECT_EQ(second.ownership->owned(), 0u);
    EXPECT_EQ(look().text("HGET", keys_.counts(given.partition), "delivered"), "1");
}

TEST_F(membership_story, a_member_that_died_is_divided_after_a_lease_of_our_own_clock) {
    constexpr milliseconds lease(300);
    sharing_daemon& first = add("a", lease);
    sharing_daemon& second = add("b", lease);
    until_owned(first, all / 2);
    until_owned(second, all / 2);
    kill(second);
    until_owned(first, all);
    // Its leases and its entry run out each by itself, in either order.
    until([&] { return look().text("HLEN", keys_.members()) == "1" && first.view->members.size() == 1; });
}

TEST_F(membership_story, a_member_that_was_taken_for_dead_comes_back_and_gets_its_share_again) {
    constexpr milliseconds lease(300);
    sharing_daemon& first = add("a", lease);
    sharing_daemon& second = add("b", lease);
    until_owned(first, all / 2);
    look()("HDEL", keys_.members(), "b");  // as a third one would, which had not seen it move
    until([&] { return look().text("HLEN", keys_.members()) == "2"; });
    until_owned(first, all / 2);
    until_owned(second, all / 2);
}

TEST_F(membership_story, where_nobody_else_can_live_a_dead_predecessor_is_not_waited_for) {
    sharing_daemon& first = add("a", milliseconds(600000));
    until_owned(first, all);
    kill(first);
    sharing_daemon& second = add("b", milliseconds(600000), true);
    EXPECT_EQ(second.view->own_share().size(), all) << "it asked nobody";
    until_owned(second, all);
    EXPECT_EQ(look().text("HLEN", keys_.members()), "1");
}

TEST_F(membership_story, work_for_another_is_told_to_its_owner) {
    sharing_daemon& first = add("a");
    sharing_daemon& second = add("b");
    until_owned(first, all / 2);
    until_owned(second, all / 2);
    const std::string endpoint = endpoint_in(owned_by(second));
    const std::uint32_t partition = keys_.partition_of("default." + endpoint);
    until([&] { return look()("PUBSUB", "NUMSUB", keys_.work_channel("b"))[1].integer() == 1; });
    first.notes->add(partition, "default." + endpoint);
    first.notes->add(partition, "default." + endpoint);
    until([&] { return !second.told_of_work.empty(); });
    EXPECT_EQ(second.told_of_work.size(), 1u) << "what is noted twice in a turn is told once";
    EXPECT_EQ(second.told_of_work[0].first, partition);
    EXPECT_TRUE(first.told_of_work.empty());
}

TEST_F(membership_story, listens_at_the_server_that_has_the_hash_of_the_members) {
    const testing::redis_server former;
    listens_at_first_ = &former;
    add("a");
    const auto listeners = [&](redis_link outside) {
        return outside("PUBSUB", "NUMSUB", keys_.work_channel("a"))[1].integer();
    };
    until([&] { return listeners(look()) == 1; });
    EXPECT_EQ(listeners(redis_link(former)), 0);
}

TEST_F(membership_story, a_changed_configuration_is_seen_by_all) {
    sharing_daemon& first = add("a");
    sharing_daemon& second = add("b", milliseconds(60000), false, "other");
    const auto hashes = [](const sharing_daemon& one) {
        std::set<std::string> seen;
        if (one.view)
            for (const member& each : one.view->members)
                seen.insert(each.config_hash);
        return seen;
    };
    until([&] { return hashes(first).size() == 2 && hashes(second).size() == 2; });
    second.membership->set_config_hash("same");
    until([&] { return hashes(first).size() == 1 && hashes(second).size() == 1; });
}

}  // namespace
}  // namespace postrider::queue
