#pragma once

#include <postrider/base/clock.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::catalog {

/// Who changes something, and what becomes of it: what a record of the audit trail is made of. No secret
/// may be in it. By itself it is the daemon's own doing.
struct change {
    std::string actor = "daemon";  ///< a token's name, "-" without tokens, else as `via`
    std::string via = "daemon";    ///< how it came: api, signal, file, daemon
    std::string remote;            ///< address of an API's caller; empty: none
    std::string request_id;        ///< the caller's own name of its request; empty: none
    std::string action;            ///< stable: "endpoint.created"; empty where the store knows it
    std::string target;            ///< an id: of an endpoint, an event, a dead letter, a tenant
    std::string tenant;            ///< whose the target is; empty: of all or none
    std::string before;            ///< JSON: what was; empty: nothing
    std::string after;             ///< JSON: what is then; empty: nothing
    bool is_cut = false;           ///< members of before or after were too long, and left out

    /// Of each of before and after. What is longer loses its longest members.
    static constexpr std::size_t most_side_bytes = 4096;
    [[nodiscard]] bool operator==(const change&) const = default;
};

/// How much of the trail is kept.
struct trail_limits {
    std::uint64_t max_records = 10'000;  ///< past it the oldest go
    milliseconds retention{365 * 86'400'000LL};
};

/// A change as it lies in the store.
struct trail_record {
    std::string id;  ///< of its place: "<milliseconds since 1970>-<number>", by the clock of Redis
    wall_time at{};
    change what;
};

/// Empty fields let everything through.
struct trail_filter {
    std::string actor;
    std::string action;  ///< a whole one, or what stands before its dot: "endpoint"
    std::string target;
    std::string tenant;
    std::optional<wall_time> before;
    std::optional<wall_time> after;
};

/// Newest first. A page may be short, because a bounded number of records is looked at, and still have a
/// next.
struct trail_page {
    std::vector<trail_record> records;
    std::string next;  ///< the position to go on from; empty: that was all
};

/// Takes the longest members of before and after out until each fits, and marks that.
void cut_to_fit(change& change);

/// Whether the text is a position that `trail_page::next` could have.
[[nodiscard]] bool is_trail_position(std::string_view text) noexcept;

}  // namespace postrider::catalog
