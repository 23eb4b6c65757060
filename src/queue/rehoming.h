#pragma once

#include "inspection_context.h"
#include "placement.h"

#include <functional>

namespace postrider::queue {

/// All partitions are on one server here: a call names any.
[[nodiscard]] inline plain_call on_the_server(redis::command command) {
    return plain_call{0, std::move(command)};
}

/// Goes over all keys of a store and puts what lies elsewhere where the placement wants it, in calls of at
/// most 256 moves. A walk that is broken off leaves a store of which another one moves the rest.
class rehoming {
 public:
    rehoming(inspection_ptr context, const placement& places, std::string pattern,
             std::function<void(std::uint64_t moved)> progress)
        : context_(std::move(context)),
          places_(places),
          pattern_(std::move(pattern)),
          progress_(std::move(progress)) {}

    /// A key under a base of the store that is of no kind that `placement` knows, and would be left behind;
    /// empty: there is none. Changes nothing.
    [[nodiscard]] inspection_answer<std::string> find_unknown();
    /// One walk over all keys: how much was moved by it. 0: everything is in its place.
    [[nodiscard]] inspection_answer<std::uint64_t> walk();

 private:
    struct move {
        std::string kind;
        std::string source;
        std::string target;
        std::string name;
        std::string queue;
    };
    using moves = std::vector<move>;
    using done = inspection_answer<std::uint64_t>;

    [[nodiscard]] inspection_answer<redis::reply> scan_keys(std::string cursor);
    [[nodiscard]] done place_page(std::vector<placement::part> page);
    [[nodiscard]] done place_members(placement::part index, std::string cursor);
    void add_members(const placement::part& index, const redis::reply_view& scanned, moves& out) const;
    /// A move for what lies in the index under `name`, where `belonging` says that it belongs elsewhere.
    void add_member(const placement::part& index, std::string_view belonging, std::string_view name,
                    std::string_view queue_name, moves& out) const;
    [[nodiscard]] redis::command scan(const placement::part& index, const std::string& cursor) const;
    [[nodiscard]] done make(moves wanted);
    [[nodiscard]] done make_some(moves wanted);

    inspection_ptr context_;
    const placement& places_;
    std::string pattern_;
    std::function<void(std::uint64_t moved)> progress_;
    std::uint64_t moved_ = 0;  ///< by all walks
};

}  // namespace postrider::queue
