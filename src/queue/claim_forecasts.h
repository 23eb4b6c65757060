#pragma once

#include "call_partitions.h"

#include <postrider/base/text_map.h>
#include <postrider/queue/keys.h>
#include <postrider/queue/store.h>
#include <postrider/redis/reply.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::queue {

/// What a queue will probably give next: as it was listed beside its last claim. Bodies of these are read
/// beside the script that claims, where each would become a text of Lua.
struct claim_forecast {
    std::uint32_t partition = 0;
    std::string ids;              ///< a line each
    std::size_t count = 0;        ///< of the ids
    bool of_retries = false;      ///< which lane was listed
    std::uint32_t rests_for = 0;  ///< so many claims go without, because the last forecast was wrong
};

/// One claim of a call.
struct wanted_claim {
    dispatch_port::claim claim;  ///< as the dispatcher gave it
    std::uint32_t count = 0;     ///< to ask for: as many as the forecast has, where there is one
    bool retries_first = false;  ///< which lane begins
    claim_forecast expected{};
    bool lists_next = false;
    std::optional<std::size_t> bodies_at{};  ///< their place among what goes beside the script
    std::optional<std::size_t> next_at{};    ///< the list's
};

/// The forecasts of a connection. Wrong ones cost a command; the script compares.
class claim_forecasts {
 public:
    /// How many bodies a call may read beside its script, where an event has so many bytes at most: nobody
    /// asks how long these are, as the script does of those that it reads.
    [[nodiscard]] static std::size_t most_of_call(std::size_t max_body_bytes) noexcept;
    /// Prepares a claim with what is known of its queue, which is forgotten: at most so many ids.
    [[nodiscard]] wanted_claim prepare(dispatch_port::claim claim, std::size_t most);
    /// Keeps what was listed beside a claim that gave so many deliveries, the largest with a body of so many
    /// bytes. `came_true`: their bodies had been read beside it.
    void learn(const wanted_claim& wanted, std::size_t given, std::size_t largest, bool came_true,
               const redis::reply& reply);
    void forget(std::uint32_t partition);

 private:
    void keep(const std::string& queue_name, claim_forecast forecast);
    text_map<claim_forecast> known_;
    std::size_t ids_ = 0;  ///< of all of them
};

/// Puts what is to be read beside the script first.
void put_reads_first(redis::command& command, const keys& keys, wanted_claim& wanted);

/// Shows each id of a forecast.
template <typename Visit>
void visit_ids(std::string_view ids, Visit visit) {
    for (std::size_t begin = 0; begin < ids.size();) {
        const std::size_t end = std::min(ids.find('\n', begin), ids.size());
        visit(ids.substr(begin, end - begin));
        begin = end + 1;
    }
}

}  // namespace postrider::queue
