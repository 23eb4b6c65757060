#include "trail.h"

#include "scan.h"
#include "script_run.h"

#include <postrider/log/log.h>
#include <postrider/redis/script.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace postrider::catalog {

namespace {

using ordered = nlohmann::ordered_json;

constexpr std::size_t rows_a_slice = 128;
constexpr std::size_t most_looked_at = 2'560;  ///< for one page
constexpr std::size_t most_rows = 250;

std::string dump(const ordered& value) {
    return value.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

/// The text without its longest members, as many as it takes.
std::string cut(const std::string& text, bool& is_cut) {
    if (text.size() <= change::most_side_bytes) return text;
    is_cut = true;
    auto whole = ordered::parse(text, nullptr, false);
    const ordered left_out = "(cut)";
    for (auto left = whole.is_object() ? whole.size() : 0; left > 0; --left) {
        auto longest = whole.begin();
        std::size_t most = 0;
        for (auto member = whole.begin(); member != whole.end(); ++member)
            if (const auto size = dump(*member).size(); size > most) {
                most = size;
                longest = member;
            }
        *longest = left_out;
        auto fitting = dump(whole);
        if (fitting.size() <= change::most_side_bytes) return fitting;
    }
    return dump(left_out);
}

std::string text_of_member(const ordered& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::int64_t> milliseconds_of(std::string_view id) noexcept {
    std::int64_t number = 0;
    const auto* const end = id.data() + std::min(id.find('-'), id.size());
    const auto read = std::from_chars(id.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < 0) return std::nullopt;
    return number;
}

/// Nothing for what no script wrote: somebody else's entry is not shown, and hides no other.
std::optional<trail_record> decode(const redis::reply_view& entry) {
    trail_record record;
    record.id = std::string(entry[0].text());
    const auto at = milliseconds_of(record.id);
    const auto fields = entry[1];
    if (!at || fields.size() != 6) return std::nullopt;
    record.at = wall_time(milliseconds(*at));
    const auto head = ordered::parse(fields[1].text(), nullptr, false);
    if (!head.is_object()) return std::nullopt;
    change& what = record.what;
    what.actor = text_of_member(head, "actor");
    what.via = text_of_member(head, "via");
    what.remote = text_of_member(head, "remote");
    what.request_id = text_of_member(head, "request_id");
    what.action = text_of_member(head, "action");
    what.target = text_of_member(head, "target");
    what.tenant = text_of_member(head, "tenant");
    what.is_cut = head.value("cut", ordered(false)) == true;
    what.before = std::string(fields[3].text());
    what.after = std::string(fields[5].text());
    return record;
}

bool lets_through(const trail_filter& filter, const change& what) {
    const auto is = [](const std::string& wanted, const std::string& value) {
        return wanted.empty() || wanted == value;
    };
    const bool action = is(filter.action, what.action) || what.action.starts_with(filter.action + '.');
    return action && is(filter.actor, what.actor) && is(filter.target, what.target) &&
           is(filter.tenant, what.tenant);
}

/// Where to begin and to end in the stream, newest first.
struct bounds {
    std::string newest = "+";
    std::string oldest = "-";
};
bounds bounds_of(const context& context, const trail_filter& filter, const std::string& position) {
    bounds range;
    const auto id_of = [](wall_time time) {
        return std::to_string(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
    };
    const wall_time kept_since = context.time.wall_now() - context.limits.retention;
    range.oldest = id_of(std::max(filter.after ? *filter.after + milliseconds(1) : kept_since, kept_since));
    if (filter.before) range.newest = "(" + id_of(*filter.before) + "-0";
    if (!position.empty()) range.newest = "(" + position;
    return range;
}

}  // namespace

void cut_to_fit(change& change) {
    change.before = cut(change.before, change.is_cut);
    change.after = cut(change.after, change.is_cut);
}

bool is_trail_position(std::string_view text) noexcept {
    const auto dash = text.find('-');
    const auto is_number = [](std::string_view part) {
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        return !part.empty() && part.size() <= 19 && std::ranges::all_of(part, is_digit);
    };
    return dash != std::string_view::npos && is_number(text.substr(0, dash)) &&
           is_number(text.substr(dash + 1));
}

recorded_change encode_change(const context& context, change& made, std::string_view action,
                              std::string_view tenant, std::string_view target) {
    if (made.action.empty()) made.action = action;
    if (made.tenant.empty()) made.tenant = tenant;
    if (made.target.empty()) made.target = target;
    cut_to_fit(made);
    ordered head{{"actor", made.actor}, {"via", made.via}};
    const auto put = [&head](const char* name, const std::string& text) {
        if (!text.empty()) head[name] = text;
    };
    put("remote", made.remote);
    put("request_id", made.request_id);
    put("action", made.action);
    put("target", made.target);
    put("tenant", made.tenant);
    if (made.is_cut) head["cut"] = true;
    return {dump(head), made.before, made.after, std::to_string(context.limits.max_records),
            std::to_string(context.limits.retention.count())};
}

void log_change(const change& made) {
    log::info("change", {{"action", made.action},
                         {"target", made.target},
                         {"tenant", made.tenant},
                         {"actor", made.actor},
                         {"via", made.via},
                         {"remote", made.remote},
                         {"request_id", made.request_id}});
}

store::answer<std::uint64_t> record_change(context_ptr context, change made) {
    const auto entry = encode_change(*context, made, {}, {}, {});
    redis::command call = compose(script::record, "1", context->names.trail, entry.before, entry.after,
                                  entry.record, entry.most, entry.retention);
    auto recorded = co_await run_for_number(context, script::record, std::move(call));
    if (recorded) log_change(made);
    co_return recorded;
}

store::answer<std::uint64_t> trim_trail(context_ptr context) {
    redis::command call =
        compose(script::trim_trail, "1", context->names.trail, std::to_string(context->limits.max_records),
                std::to_string(context->limits.retention.count()));
    return run_for_number(std::move(context), script::trim_trail, std::move(call));
}

store::answer<trail_page> read_trail(context_ptr context, trail_filter filter, std::string position,
                                     std::size_t limit) {
    auto [newest, oldest] = bounds_of(*context, filter, position);
    limit = std::clamp<std::size_t>(limit, 1, most_rows);
    trail_page page;
    for (std::size_t looked_at = 0; looked_at < most_looked_at;) {
        redis::command command("XREVRANGE", context->names.trail, newest, oldest, "COUNT",
                               std::to_string(rows_a_slice));
        const auto found =
            co_await redis::call_within(context->client, std::move(command), call_takes_at_most);
        if (!found || found->is_error()) co_return unexpected<fault>(unavailable(found));
        for (std::size_t n = 0; n < found->size(); ++n) {
            page.next = std::string((*found)[n][0].text());
            auto record = decode((*found)[n]);
            if (!record || !lets_through(filter, record->what)) continue;
            page.records.push_back(std::move(*record));
            if (page.records.size() < limit) continue;
            if (n + 1 == found->size() && n + 1 < rows_a_slice) page.next.clear();
            co_return page;
        }
        looked_at += found->size();
        if (found->size() < rows_a_slice) {
            page.next.clear();
            break;
        }
        newest = "(" + page.next;
    }
    co_return page;
}

}  // namespace postrider::catalog
