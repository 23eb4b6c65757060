#pragma once

#include <postrider/catalog/store.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postrider::daemon {

/// Keeps up with the catalog: reads its version every second, and all of it when that moved, or when somebody
/// here changed it. Lives on the executor of the shard whose catalog it reads.
class catalog_watch : public std::enable_shared_from_this<catalog_watch> {
 public:
    using answer = std::function<void(std::string fault)>;
    /// Gets what was read; calls `applied` once it holds on every shard, or with the fault that kept it from
    /// that.
    using apply = std::function<void(catalog::content read, answer applied)>;
    /// Told of each look that failed.
    using report = std::function<void(std::string fault)>;

    catalog_watch(const boost::asio::any_io_executor& executor, catalog::store& store, apply apply,
                  report report);

    void start();
    /// Reads the catalog now; the fault when it could not be read or applied.
    void refresh(answer answer);
    void stop();

 private:
    boost::asio::awaitable<void> run(std::shared_ptr<catalog_watch> self);
    [[nodiscard]] boost::asio::awaitable<std::string> look(bool wanted);
    [[nodiscard]] boost::asio::awaitable<std::string> hand_over(catalog::content read);

    boost::asio::any_io_executor executor_;
    catalog::store& store_;
    apply apply_;
    report report_;
    runtime::signal asked_;
    std::vector<answer> waiting_;
    std::uint64_t applied_ = 0;
    bool has_applied_ = false;
    bool stopped_ = false;
};

}  // namespace postrider::daemon
