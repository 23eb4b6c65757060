#pragma once

#include <postrider/catalog/store.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace postrider::daemon {

/// What the catalog needs beside changes: what another key has sealed is sealed anew with the first one; the
/// records of changes that are made in this process (a reload) are written until Redis has them; and the
/// trail is trimmed where nothing changes. Of the first shard; lives on its executor.
class catalog_upkeep : public std::enable_shared_from_this<catalog_upkeep> {
 public:
    /// Told what each key has sealed, after each walk.
    using counted = std::function<void(catalog::key_uses)>;
    catalog_upkeep(const boost::asio::any_io_executor& executor, catalog::store& store, counted counted);

    void start();
    void stop();

    /// Once, or in trouble more often; in the order of the calls. Of what Redis does not take the last 64
    /// are kept.
    void record(catalog::change made);
    /// `has_outdated`: something is sealed with another key than the first. `may_seal`: and that is to end;
    /// not while daemons seal with different keys, which would undo each other's work.
    void review(bool has_outdated, bool may_seal);

 private:
    boost::asio::awaitable<void> run(std::shared_ptr<catalog_upkeep> self);
    [[nodiscard]] boost::asio::awaitable<void> write_records();
    [[nodiscard]] boost::asio::awaitable<void> walk();
    [[nodiscard]] boost::asio::awaitable<void> trim();

    const boost::asio::any_io_executor executor_;
    catalog::store& store_;
    const counted counted_;
    runtime::signal wake_;
    std::deque<catalog::change> records_;
    monotonic_time next_walk_{};
    monotonic_time next_trim_{};
    bool has_outdated_ = false;
    bool may_seal_ = false;
    bool stopping_ = false;
};

}  // namespace postrider::daemon
