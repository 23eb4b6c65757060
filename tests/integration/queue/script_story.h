#pragma once

#include "queue/call_partitions.h"
#include "queue/scripts.h"
#include "redis_link.h"

#include <postrider/queue/keys.h>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

using texts = std::vector<std::string>;

/// Scripts alone, on a real Redis: what holds before, the call, its answer, what holds after. Partitions are
/// named by their numbers; the token of a story is "T".
class script_story : public ::testing::Test {
 public:
    static void SetUpTestSuite() {
        server_ = std::make_unique<testing::redis_server>();
        link_ = std::make_unique<redis_link>(*server_);
    }
    static void TearDownTestSuite() {
        link_.reset();
        server_.reset();
    }
    void SetUp() override {
        redis()("FLUSHALL");
        for (std::uint32_t partition = 0; partition < names.partitions(); ++partition)
            redis()("SET", names.token(partition), "T");
    }

 protected:
    /// One event with deliveries to queues; "!" behind a queue's name asks for it to be put in flight.
    struct arrival {
        std::string id;
        std::string body;
        std::string hash;
        std::vector<std::pair<std::uint32_t, std::string>> deliveries;
        std::uint32_t home = 0;
        std::string key{};  ///< the hash of its ordering key, for all of them
        int most_waiting = 0;
        int most_dead = 0;
    };
    struct item {
        std::uint32_t partition;
        std::string queue;
        std::string id;
        std::string attempt;
        texts rest;  ///< what the script wants beside; what is missing is nothing to remember, and no bound
    };
    struct wanted {
        std::uint32_t partition;
        std::string queue;
        int count;
        int lane = 0;
        std::string expected{};  ///< ids, a line each
    };

    static redis_link& redis() { return *link_; }
    static testing::redis_server& server() { return *server_; }

    /// The stored form: text, 16 bytes of hash, 8 of time.
    static std::string stored(std::string_view body, std::string_view hash = "", std::uint8_t time = 1);

    texts run(script script, const std::vector<std::uint32_t>& partitions, const texts& arguments);
    /// What may go as a group does, unless `apart`: then each event is an item. The answers are in the order
    /// of the events.
    texts enqueue(const std::vector<arrival>& events, const std::string& token = "T", bool apart = false);
    /// Completions with claims, or claims alone when there is no item.
    texts complete(const std::vector<item>& items, const std::vector<wanted>& claims = {},
                   const std::string& token = "T", int most = 256, int most_bytes = 1048576);
    texts claim(const std::vector<wanted>& claims, int most = 256, int most_bytes = 1048576) {
        return complete({}, claims, "T", most, most_bytes);
    }
    texts settle(script script, const std::vector<item>& items, const std::string& token = "T");
    texts promote(const std::vector<std::uint32_t>& partitions, int most = 256,
                  const std::string& token = "T");

    /// An event in flight as attempt 1 (or later) for one queue.
    void put_in_flight(std::uint32_t partition, const std::string& queue, const std::string& id);
    std::string state(std::uint32_t partition, const std::string& queue, const std::string& id) {
        return state_of_entry(redis().text("HGET", names.states(partition), id), queue);
    }
    texts list(const std::string& key) { return redis().texts("LRANGE", key, "0", "-1"); }
    std::string counted(std::uint32_t partition, const std::string& name) {
        return redis().text("HGET", names.counts(partition), name);
    }
    /// Every key of the store with its value: to show that nothing changed.
    std::map<std::string, std::string> everything();

    const keys names{"test", 4};
    bool records_here_ = false;  ///< completions have the script push all records
    std::string gone_{};         ///< a history that is deleted just before the next completions are sent

 private:
    /// Places in `of` that go together, in the order of the first of each: all for which `same` says so.
    template <typename Of, typename Same>
    static std::vector<std::vector<std::size_t>> grouped(const std::vector<Of>& of, Same same);
    /// What the answer of a group says of each of its `count`.
    static texts answers_of(const redis::reply_view& answer, std::size_t count);
    /// The answers of groups, then of single ones, which begin at `first`, as one for each of `count` in
    /// their order.
    static texts in_order(const redis::reply& reply, std::size_t first, std::size_t count,
                          const std::vector<std::vector<std::size_t>>& groups,
                          const std::vector<texts>& answers_of_groups);
    static texts in_order_of(const redis::reply& reply, const std::vector<arrival>& events,
                             const std::vector<std::vector<std::size_t>>& groups,
                             const std::vector<std::vector<std::size_t>>& laid);
    /// Completions of one queue and attempt, and where their records are.
    struct end_group {
        std::uint32_t place;
        std::string records;
        std::vector<std::size_t> items;
        [[nodiscard]] bool is_here() const { return records == "here"; }
    };
    /// By their partitions, those whose records the script pushes last.
    std::vector<end_group> grouped_ends(const std::vector<item>& items, const call_partitions& named);
    void add_ends(redis::command& command, const std::vector<item>& items,
                  const std::vector<end_group>& groups);
    static void add_plain(redis::command& command, const std::vector<item>& items,
                          std::span<const end_group> groups);
    static std::string record_of(const item& item);
    /// As the store chooses.
    std::string place_of_records(const std::vector<item>& items, const std::vector<std::size_t>& group);
    static void put_first(redis::command& command, const texts& arguments);
    texts push_of(const std::vector<item>& items, const std::vector<std::size_t>& group);
    /// Whether a group may be put in flight beside the script: all of it is new, as the store's own ids are,
    /// and none before it in its queue has to wait.
    bool may_be_laid(const std::vector<arrival>& events, const std::vector<std::size_t>& group);
    texts bodies_of(const std::vector<arrival>& events, const std::vector<std::vector<std::size_t>>& groups);
    void lay_in_flight(redis::command& command, const std::vector<arrival>& events,
                       const std::vector<std::size_t>& group, const std::string& token);
    static void add_groups(redis::command& command, const std::vector<arrival>& events,
                           const std::vector<std::vector<std::size_t>>& groups,
                           const std::vector<std::vector<std::size_t>>& laid, const call_partitions& named);
    static std::string laid_text(const std::vector<arrival>& events, const std::vector<std::size_t>& group);
    static std::string queue_of(const arrival& event);
    static void add_group(redis::command& command, const std::vector<arrival>& events,
                          const std::vector<std::size_t>& group);
    static void add_event(redis::command& command, const arrival& event, const call_partitions& named);
    static void add_item(redis::command& command, script script, const item& item, std::uint32_t place);

    static inline std::unique_ptr<testing::redis_server> server_;
    static inline std::unique_ptr<redis_link> link_;
};

}  // namespace postrider::queue
