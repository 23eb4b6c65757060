#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace postrider::runtime {

/// Things that one handler takes together. That costs one turn of the scheduler and not one for each, and
/// what is done for many in a row finds its code in the processor's nearest cache. Not thread-safe: of one
/// shard.
template <typename Thing>
class gathered {
 public:
    /// Has `act` called with it and all that were added meanwhile, in that order, on `executor`; later, never
    /// from within the call: after the handlers that were ready when the first of them was added. What is
    /// added from then on goes with the next. `act(std::vector<Thing>)` has to be the same for all. This
    /// object may go first.
    template <typename Act>
    void add(const boost::asio::any_io_executor& executor, Thing thing, Act act) {
        auto open = open_.lock();
        if (!open || open->begun) {
            open = std::make_shared<turn>();
            open_ = open;
            boost::asio::post(executor, [open, act = std::move(act)] {
                open->begun = true;
                act(std::move(open->things));
            });
        }
        open->things.push_back(std::move(thing));
    }

 private:
    struct turn {
        std::vector<Thing> things;
        bool begun = false;
    };
    std::weak_ptr<turn> open_;  ///< held by its handler
};

}  // namespace postrider::runtime
