#pragma once

#include <postrider/base/clock.h>
#include <postrider/redis/links.h>

#include <cstdint>
#include <functional>

namespace postrider::queue {

/// Durability `replicated`: what was written over a connection counts once so many replicas have it. WAIT
/// holds up whatever comes behind it, so it has connections of its own, for enqueues and for the renewal of
/// leases.
struct replication {
    redis::links* links = nullptr;  ///< null: nothing waits for replicas
    std::uint16_t slot = 0;         ///< of what is written, where that matters
    std::uint32_t replicas = 0;
    milliseconds timeout{1000};

    [[nodiscard]] bool wanted() const noexcept { return links != nullptr; }
    /// For the writes and for the question after them: replicas are those of the master that took them.
    [[nodiscard]] redis::client& client() const { return links->of(slot); }
    /// Asks on the connection of this generation, on which the writes went. `done` gets whether enough
    /// replicas had them in time: what WAIT gives is compared, because it answers after the timeout too.
    void confirm(std::uint64_t generation, milliseconds longest,
                 const std::function<void(bool)>& done) const {
        redis::command wait("WAIT", replicas, static_cast<std::int64_t>(longest.count()));
        client().call(std::move(wait), generation,
                      [done, enough = replicas](const redis::call_result& result) {
                          const auto count = result ? result->integer() : std::nullopt;
                          done(count && *count >= static_cast<std::int64_t>(enough));
                      });
    }
};

}  // namespace postrider::queue
