#include "reconciler.h"

#include <postrider/log/log.h>
#include <postrider/runtime/shard.h>

#include <algorithm>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

void report(const char* what, log::level level, const queue::reckoning& found) {
    log::write(level, what,
               {{"partition", found.partition},
                {"missing", found.missing()},
                {"missing_dead_letters", found.missing_dead_letters()},
                {"accepted", found.accepted},
                {"replayed", found.replayed},
                {"delivered", found.delivered},
                {"dead", found.dead},
                {"expired", found.expired},
                {"live", found.live},
                {"revived", found.revived},
                {"purged", found.purged},
                {"dropped", found.dropped},
                {"swept", found.swept},
                {"dead_letters", found.dead_letters}});
}

}  // namespace

reconciler::reconciler(surroundings around) : around_(std::move(around)), stopped_(around_.executor) {}

void reconciler::start() {
    if (!around_.partitions.empty()) runtime::spawn(around_.executor, "reconciler", run(shared_from_this()));
}

void reconciler::stop() {
    stopping_ = true;
    stopped_.notify_all();
}

bool reconciler::owns(std::uint32_t partition) const {
    return !around_.leases.token(partition).empty();
}

asio::awaitable<void> reconciler::run(std::shared_ptr<reconciler> self) {
    const auto count = static_cast<std::int64_t>(around_.partitions.size());
    const milliseconds between_looks = std::max(around_.every / count, milliseconds(1));
    for (std::size_t next = 0; !self->stopping_; next = (next + 1) % around_.partitions.size()) {
        co_await stopped_.wait_for(between_looks);
        if (!stopping_) co_await look_at(around_.partitions[next]);
    }
}

asio::awaitable<void> reconciler::look_at(std::uint32_t partition) {
    if (owns(partition)) {
        const auto found = co_await around_.inspection.reckon(partition);
        if (stopping_) co_return;
        if (found && owns(partition)) tell(*found);
    }
    if (!owns(partition)) watch_.forget(partition);
    show();
}

void reconciler::tell(const queue::reckoning& found) {
    using news = difference_watch::news;
    switch (watch_.note(found)) {
        case news::none:
            return;
        case news::began:
        case news::changed:
            return report("a partition does not add up", log::level::error, found);
        case news::ended:
            return report("a partition adds up again", log::level::info, found);
    }
}

void reconciler::show() {
    around_.metrics.change_audit_mismatch(static_cast<std::int64_t>(standing()) -
                                          static_cast<std::int64_t>(shown_));
    shown_ = standing();
}

}  // namespace postrider::daemon
