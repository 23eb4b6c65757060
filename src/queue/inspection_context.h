#pragma once

#include "script_call.h"

#include <postrider/log/once_per_second.h>
#include <postrider/queue/inspection.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::queue {

/// What the parts of an inspection share. Lives as long as it, or as any of its answers that is awaited.
struct inspection_context {
    using client_of = std::function<redis::client&(std::uint32_t partition)>;
    inspection_context(client_of clients, const queue::keys& names, metrics::registry& registry,
                       const time_source& clock)
        : client(std::move(clients)), metrics(registry), time(clock), keys(names) {}

    [[nodiscard]] script_surroundings scripts(std::uint32_t partition) const {
        return script_surroundings{client(partition), metrics, time};
    }

    const client_of client;
    metrics::registry& metrics;
    const time_source& time;
    const queue::keys& keys;
    bool stopped = false;  ///< the inspection is gone: touch nothing that it referred to

    /// A key that cannot be read: counted, and logged at most once a second.
    void report_fault(std::string_view kind, std::string_view detail);

 private:
    log::once_per_second fault_lines_;
};
using inspection_ptr = std::shared_ptr<inspection_context>;

/// A call of a script that names one partition and passes no token.
class partition_call {
 public:
    partition_call(script wanted, std::uint32_t of) : which(wanted), partition(of) {}
    template <typename... Arguments>
    partition_call(script wanted, std::uint32_t of, const Arguments&... given)
        : which(wanted), partition(of) {
        (add(given), ...);
    }
    void add(std::string_view text) { arguments.emplace_back(text); }
    void add(const char* text) { arguments.emplace_back(text); }
    void add(const std::string& text) { arguments.push_back(text); }
    void add(std::uint64_t number) { arguments.push_back(std::to_string(number)); }
    [[nodiscard]] redis::command compose(const script_form& form, const keys& keys) const;

    script which;
    std::uint32_t partition;
    std::vector<std::string> arguments;
};

template <typename Value>
using inspection_answer = inspection::answer<Value>;

/// A reply that is an error is a fault. After a fault the caller ends: the inspection may be gone.
[[nodiscard]] inspection_answer<redis::reply> ask(inspection_ptr context, partition_call call);
/// All at once, the replies in the order of the calls; one fault is a fault of all.
[[nodiscard]] inspection_answer<std::vector<redis::reply>> ask_all(inspection_ptr context,
                                                                   std::vector<partition_call> calls);
/// A command with a key of one partition.
struct plain_call {
    std::uint32_t partition;
    redis::command command;
};
/// The same of plain commands. Replies that are errors are left among them.
[[nodiscard]] inspection_answer<std::vector<redis::reply>> ask_plainly(inspection_ptr context,
                                                                       std::vector<plain_call> calls);

/// As text for a script.
[[nodiscard]] std::string milliseconds_text(wall_time time);

}  // namespace postrider::queue
