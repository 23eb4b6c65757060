#include "cursor.h"
#include "data_handlers.h"
#include "delivery_lines.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t rows_at_once = 10;
constexpr int most_looks = 64;  ///< at queues and partitions, for a page

/// A queue is listed as a whole, and then its dead letters again, for the first list has no more those whose
/// attempts the history has forgotten.
constexpr std::array lists{std::optional<queue::delivery_status>(),
                           std::optional(queue::delivery_status::dead),
                           std::optional(queue::delivery_status::expired)};

/// Where an export goes on.
struct place {
    std::uint32_t partition = 0;
    std::size_t list = 0;
    std::string queue_name;     ///< empty: the first of the partition
    bool chosen = false;        ///< it is `queue_name`, not the one behind it
    std::string list_position;  ///< empty: its beginning
};

constexpr std::string_view nothing = "-";

std::string to_text(const place& at) {
    std::ostringstream text;
    text << at.partition << ' ' << at.list << ' ' << at.chosen << ' '
         << (at.queue_name.empty() ? nothing : at.queue_name) << ' '
         << (at.list_position.empty() ? nothing : at.list_position);
    return text.str();
}

/// Nothing for what `to_text` does not make.
std::optional<place> read_place(const std::string& position) {
    place at;
    if (position.empty()) return at;
    std::istringstream text(position);
    text >> at.partition >> at.list >> at.chosen >> at.queue_name >> at.list_position;
    if (!text || at.list >= lists.size()) return std::nullopt;
    if (at.queue_name == nothing) at.queue_name.clear();
    if (at.list_position == nothing) at.list_position.clear();
    return at;
}

using done_or_fault = expected<bool, queue::read_fault>;  ///< true: the export has ended

unexpected<queue::read_fault> failed(queue::read_fault fault) {
    return unexpected<queue::read_fault>(std::move(fault));
}

asio::awaitable<done_or_fault> choose_queue(const call& asked, const std::string& tenant, place& at) {
    const auto names = co_await asked.around.belongings.queues_of(at.partition, tenant);
    if (!names) co_return failed(names.error());
    const auto next = std::upper_bound(names->begin(), names->end(), at.queue_name);
    if (next != names->end()) {
        at.queue_name = *next;
        at.chosen = true;
        co_return false;
    }
    at.queue_name.clear();
    ++at.partition;
    co_return at.partition >= asked.around.belongings.partitions();
}

/// In the lists of dead letters: whether the first list had it, by its history or because it never had an
/// attempt.
bool was_told(const json& line) {
    return !line["attempts_made"].empty() || line["attempts"] == 0;
}

asio::awaitable<done_or_fault> tell_row(const call& asked, const queue::delivery_row& row, place& at,
                                        export_page& page) {
    const auto line = co_await read_delivery_line(asked, row.queue_name, row.store_id);
    if (!line) co_return failed(line.error());
    if (*line && (at.list == 0 || !was_told(**line))) page.add(**line);
    co_return false;
}

void leave_list(place& at) {
    at.list_position.clear();
    if (++at.list < lists.size()) return;
    at.list = 0;
    at.chosen = false;
}

asio::awaitable<done_or_fault> tell_rows(const call& asked, place& at, export_page& page) {
    queue::delivery_filter filter;
    filter.status = lists.at(at.list);
    auto found = co_await asked.around.inspection.deliveries(at.queue_name, std::move(filter),
                                                             at.list_position, rows_at_once);
    if (!found) co_return failed(std::move(found.error()));
    for (const auto& row : found->rows) {
        auto told = co_await tell_row(asked, row, at, page);
        if (!told) co_return told;
    }
    at.list_position = std::move(found->next);
    if (at.list_position.empty()) leave_list(at);
    co_return false;
}

asio::awaitable<done_or_fault> tell_some(const call& asked, const std::string& tenant, place& at,
                                         export_page& page) {
    if (at.chosen) return tell_rows(asked, at, page);
    return choose_queue(asked, tenant, at);
}

}  // namespace

asio::awaitable<http::response> export_tenant(call asked) {
    const auto tenant = tenant_of_path(asked);
    if (!tenant) co_return tenant.error();
    const auto scope =
        list_scope(asked.now->cursor_key, asked.request.path, asked.tenant, asked.given.filters());
    const auto position = read_position(scope, asked.given.take_text("cursor"));
    if (!position) co_return refuse_cursor();
    auto at = read_place(*position);
    if (!at) co_return refuse_cursor();
    export_page page;
    for (int looks = 0; looks < most_looks && !page.is_full(); ++looks) {
        const auto ended = co_await tell_some(asked, *tenant, *at, page);
        if (!ended) co_return refuse(ended.error());
        if (*ended) co_return std::move(page).end(json(nullptr));
    }
    co_return std::move(page).end(next_cursor(scope, to_text(*at)));
}

}  // namespace postrider::admin
