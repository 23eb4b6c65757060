#include "reckoning_list.h"

#include "answer.h"
#include "cursor.h"
#include "query.h"

#include <algorithm>
#include <charconv>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

json describe(const queue::reckoning& found) {
    return json{{"partition", found.partition},
                {"accepted", found.accepted},
                {"replayed", found.replayed},
                {"delivered", found.delivered},
                {"dead", found.dead},
                {"expired", found.expired},
                {"live", found.live},
                {"missing", found.missing()},
                {"revived", found.revived},
                {"purged", found.purged},
                {"dropped", found.dropped},
                {"swept", found.swept},
                {"dead_letters", found.dead_letters},
                {"missing_dead_letters", found.missing_dead_letters()},
                {"settled", found.settled}};
}

/// The partition with which a page begins; an empty position is the beginning.
std::optional<std::uint32_t> partition_at(const std::string& position, std::uint32_t partitions) {
    std::uint32_t partition = 0;
    if (position.empty()) return partition;
    const auto* const end = position.data() + position.size();
    const auto read = std::from_chars(position.data(), end, partition);
    if (read.ec != std::errc() || read.ptr != end || partition >= partitions) return std::nullopt;
    return partition;
}

}  // namespace

asio::awaitable<http::response> list_reckonings(call asked) {
    auto& given = asked.given;
    const auto limit = given.take_limit(query::most_rows);
    if (auto refusal = given.refusal()) co_return std::move(*refusal);
    const auto scope = list_scope(asked.now->cursor_key, asked.request.path, asked.tenant, given.filters());
    const auto position = read_position(scope, given.take_text("cursor"));
    const auto partitions = asked.around.inspection.partitions();
    const auto first = position ? partition_at(*position, partitions) : std::nullopt;
    if (!first) co_return refuse_cursor();
    const auto end = static_cast<std::uint32_t>(std::min<std::uint64_t>(partitions, *first + limit));
    auto rows = json::array();
    for (std::uint32_t partition = *first; partition < end; ++partition) {
        const auto found = co_await asked.around.inspection.reckon(partition);
        if (!found) co_return refuse(found.error());
        rows.push_back(describe(*found));
    }
    json out;
    out["partitions"] = std::move(rows);
    out["next_cursor"] = next_cursor(scope, end < partitions ? std::to_string(end) : std::string());
    co_return answer(200, out);
}

}  // namespace postrider::admin
