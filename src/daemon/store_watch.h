#pragma once

#include "place_watch.h"

#include <postrider/base/random.h>
#include <postrider/config/config.h>
#include <postrider/metrics/registry.h>
#include <postrider/redis/links.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace postrider::daemon {

/// Looks at the store once a second, and at each server behind a new connection at once: whether it is ours,
/// with the same number of partitions, and what `place_watch` says of every master. On a Cluster the masters
/// are those that the connections of all partitions, of the catalog and of the jobs lead to; each is looked
/// at over one of them. Lives on the executor of the links.
class store_watch : public std::enable_shared_from_this<store_watch> {
 public:
    struct surroundings {
        redis::links& links;
        const queue::keys& keys;
        random_source& random;
        metrics::registry& metrics;
    };
    store_watch(surroundings around, const config::redis_settings& settings,
                std::function<void(store_verdict)> report);

    /// Reports after every look, and that there is no connection, until the links are stopped.
    void start(const boost::asio::any_io_executor& executor);

 private:
    struct place {
        std::unique_ptr<place_watch> watch;
        std::optional<store_verdict> last{};
        monotonic_time began{};       ///< the last look
        std::uint64_t looked_at = 0;  ///< generation
        bool looking = false;
    };

    void add_places_of_cluster();
    [[nodiscard]] queue::store_mark mark_of(std::uint32_t partition) const;
    void add_place(std::uint16_t slot, place_watch::duties duties);
    boost::asio::awaitable<void> run(std::shared_ptr<store_watch> self);
    boost::asio::awaitable<void> follow_connection(std::shared_ptr<store_watch> self, redis::client& client);
    boost::asio::awaitable<void> look(std::shared_ptr<store_watch> self, place& at, bool whole);
    [[nodiscard]] std::vector<place*> one_for_each_server();
    void begin_looks(const std::vector<place*>& servers);
    void report();
    [[nodiscard]] std::optional<store_verdict> find_absence() const;
    [[nodiscard]] bool is_absent(const place& at) const;
    [[nodiscard]] bool is_known(const place& at, const std::vector<place*>& servers) const;
    [[nodiscard]] static bool is_looked_at(const place& at, const std::vector<place*>& servers);
    [[nodiscard]] store_verdict absence_of(const place& at) const;
    [[nodiscard]] std::optional<store_verdict> find_undescribed();

    const surroundings around_;
    const queue::durability_wish wish_;
    std::function<void(store_verdict)> report_;
    std::vector<place> places_;  ///< does not change once started
    std::shared_ptr<runtime::signal> wake_;
    boost::asio::any_io_executor executor_;
    bool described_ = false;  ///< the description was read once
    bool over_ = false;
};

}  // namespace postrider::daemon
