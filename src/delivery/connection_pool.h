#pragma once

#include "connection.h"

#include <list>
#include <utility>
#include <vector>

namespace postrider::delivery {

using connection_list = std::list<connection>;

/// The idle connections of one endpoint, the newest last. Must outlive them.
struct idle_connections {
    std::vector<connection_list::iterator> kept;
    std::size_t most = 0;  ///< 0: nothing is kept any more
};

/// All connections of a shard, idle and in use, within one bound. Not thread-safe.
class connection_pool {
 public:
    /// A connection in use. It is closed when this goes, unless it was given back.
    class lease {
     public:
        lease() = default;
        lease(connection_pool& pool, connection_list::iterator which) : pool_(&pool), which_(which) {}
        lease(lease&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), which_(other.which_) {}
        lease& operator=(lease&& other) noexcept;
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;
        ~lease();

        explicit operator bool() const noexcept { return pool_ != nullptr; }
        connection* operator->() const noexcept { return &*which_; }
        connection& operator*() const noexcept { return *which_; }

     private:
        friend class connection_pool;
        connection_pool* pool_ = nullptr;
        connection_list::iterator which_;
    };

    connection_pool(const boost::asio::any_io_executor& executor, http::response_decoder::limits limits,
                    std::size_t most)
        : executor_(executor), limits_(limits), most_(most) {}

    /// The idle connection that was used last; empty: there is none.
    [[nodiscard]] lease take_newest(idle_connections& owner);
    /// A new one, not yet connected. At the bound the one that is idle for longest makes room; empty: all
    /// are in use.
    [[nodiscard]] lease add(idle_connections& owner);
    /// Keeps it for the next exchange, or closes it where its endpoint has enough.
    void give_back(lease used, monotonic_time now);

    void close_idle(idle_connections& owner);
    void close_idle_since(monotonic_time before);
    /// Those that are idle.
    void close_opened_before(monotonic_time when);
    /// Those that are idle for longest: somebody else needs their descriptors.
    void close_oldest(std::size_t count);
    [[nodiscard]] std::size_t size() const noexcept { return idle_.size() + in_use_.size(); }

 private:
    void close_oldest_idle();
    [[nodiscard]] std::unique_ptr<read_buffer> take_buffer();

    boost::asio::any_io_executor executor_;
    http::response_decoder::limits limits_;
    std::size_t most_;
    connection_list idle_;  // in the order in which they were given back
    connection_list in_use_;
    /// An idle connection has no buffer: many are idle for each that is not, and the one that was used last
    /// is in the processor's cache.
    std::vector<std::unique_ptr<read_buffer>> spare_buffers_;
};

}  // namespace postrider::delivery
