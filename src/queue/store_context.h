#pragma once

#include "held_set.h"
#include "known_histories.h"
#include "redis_clock.h"
#include "script_call.h"

#include <postrider/log/once_per_second.h>
#include <postrider/queue/store.h>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

namespace postrider::queue {

/// Bounds of one call.
constexpr std::size_t most_items = 256;
constexpr std::size_t most_bytes = 1024 * 1024;
/// Calls (or rounds of calls) of one kind that may be unanswered. While they are, company gathers for the
/// next. With two, the daemon and Redis took turns (docs/performance.md).
constexpr int most_outstanding = 4;

/// What the parts of a store share. Lives as long as any of them or any answer that is awaited.
struct store_context {
    store_context(const boost::asio::any_io_executor& on, redis::client& redis, const keys& names,
                  lease_port& lease, dispatch_port& dispatcher, metrics::registry& registry,
                  const time_source& clock, store::settings wanted,
                  std::optional<std::uint32_t> only_partition = std::nullopt)
        : executor(on),
          scripts(script_surroundings{redis, registry, clock}),
          keys(names),
          leases(lease),
          dispatch(dispatcher),
          settings(wanted),
          only(only_partition),
          redis_time(clock) {}

    boost::asio::any_io_executor executor;
    script_surroundings scripts;
    const queue::keys& keys;
    lease_port& leases;
    dispatch_port& dispatch;
    store::settings settings;
    const std::optional<std::uint32_t> only;  ///< the one partition that the client may be asked for
    [[nodiscard]] bool serves(std::uint32_t partition) const { return !only || *only == partition; }
    redis_clock redis_time;
    known_histories histories;
    held_set held;
    std::set<std::uint32_t> health_told;  ///< partitions of ours whose saved health the dispatcher was told
    bool stopped = false;                 ///< the store is gone: touch nothing that it referred to

    /// Calls go out only over a connection that was reconciled.
    bool gate_open = false;
    std::uint64_t generation = 0;  ///< of that connection
    [[nodiscard]] bool may_call() const {
        return !stopped && gate_open && scripts.client.connected() &&
               scripts.client.generation() == generation;
    }

    /// A script answered FENCED to this token. Nothing happens if the lease has another one by now.
    void report_fenced(std::uint32_t partition, std::string_view token);
    /// Something in the store is odd and was set aside: counted, and logged at most once a second.
    void report_fault(std::string_view kind, std::string_view detail);
    /// Redis refused a whole call.
    void report_refusal(script script, std::string_view error);

 private:
    log::once_per_second fault_lines_;
    log::once_per_second refusal_lines_;
};

/// Asks Redis for its time, where stamps were given since it was told.
void ask_time(const std::shared_ptr<store_context>& context);

}  // namespace postrider::queue
