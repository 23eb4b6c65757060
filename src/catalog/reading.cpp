#include "reading.h"

#include "changing.h"
#include "scan.h"
#include "stored_text.h"

#include <postrider/base/wiping.h>
#include <postrider/redis/script.h>

#include <map>
#include <utility>

namespace postrider::catalog {

namespace {

expected<entry, fault> open_entry(const sealer& sealing, std::string id, std::string_view sealed) {
    const wiping_scope scope;
    const auto text = sealing.open(sealed, id);
    if (!text)
        return unexpected<fault>(
            make_fault(fault_kind::unreadable, "the endpoint " + id + " cannot be opened: " + text.error()));
    auto decoded = decode_entry(id, *text);
    if (!decoded)
        return unexpected<fault>(
            make_fault(fault_kind::unreadable, "the endpoint " + id + " is no endpoint"));
    return std::move(*decoded);
}

/// A walk may meet a field twice.
using entry_map = std::map<std::string, entry, std::less<>>;

struct opened_entries {
    entry_map entries;
    key_uses sealed_with;
};

store::answer<opened_entries> read_endpoints(context_ptr context) {
    opened_entries read;
    std::string cursor = "0";
    do {
        auto slice = co_await read_slice(context, context->names.endpoints, cursor);
        if (!slice) co_return unexpected<fault>(std::move(slice.error()));
        for (auto& [id, sealed] : slice->fields) {
            auto opened = open_entry(*context->sealing, id, sealed);
            if (!opened) co_return unexpected<fault>(std::move(opened.error()));
            const bool is_new = read.entries.insert_or_assign(id, std::move(*opened)).second;
            if (is_new) count_use(read.sealed_with, sealer::key_id_of(sealed), id);
        }
        cursor = std::move(slice->next);
    } while (cursor != "0");
    co_return std::move(read);
}

store::answer<standing_map> read_standings(context_ptr context) {
    standing_map standings;
    std::string cursor = "0";
    do {
        auto slice = co_await read_slice(context, context->names.standings, cursor);
        if (!slice) co_return unexpected<fault>(std::move(slice.error()));
        for (auto& [name, text] : slice->fields) {
            auto decoded = decode_standing(text);
            if (!decoded)
                co_return unexpected<fault>(
                    make_fault(fault_kind::unreadable, "the standing of " + name + " is no standing"));
            standings.insert_or_assign(std::move(name), std::move(*decoded));
        }
        cursor = std::move(slice->next);
    } while (cursor != "0");
    co_return std::move(standings);
}

/// As it lies there, without its version.
store::answer<content> read_once(context_ptr context) {
    auto entries = co_await read_endpoints(context);
    if (!entries) co_return unexpected<fault>(std::move(entries.error()));
    auto standings = co_await read_standings(context);
    if (!standings) co_return unexpected<fault>(std::move(standings.error()));
    auto cursor_key = co_await take_cursor_key(context);
    if (!cursor_key) co_return unexpected<fault>(std::move(cursor_key.error()));
    content read;
    read.cursor_key = std::move(*cursor_key);
    read.sealed_with = std::move(entries->sealed_with);
    read.endpoints.reserve(entries->entries.size());
    for (auto& [id, opened] : entries->entries)
        read.endpoints.push_back(std::move(opened));
    read.standings = std::move(*standings);
    co_return std::move(read);
}

}  // namespace

void count_use(key_uses& uses, const std::string& key_id, const std::string& entry_id) {
    auto& use = uses[key_id];
    ++use.entries;
    if (use.example.empty()) use.example = entry_id;
}

store::answer<std::uint64_t> read_version(context_ptr context) {
    redis::command command("GET", context->names.version);
    const auto result = co_await redis::call_within(context->client, std::move(command), call_takes_at_most);
    if (!result || result->is_error()) co_return unexpected<fault>(unavailable(result));
    if (result->is_nil()) co_return 0;
    const auto version = result->integer();
    if (!version || *version < 0)
        co_return unexpected<fault>(
            make_fault(fault_kind::unreadable, "the version of the catalog is no number"));
    co_return static_cast<std::uint64_t>(*version);
}

/// Changes meanwhile show in the version: then what was read may be half old, half new.
store::answer<content> read_content(context_ptr context) {
    for (int tries = 0; tries < most_tries; ++tries) {
        const auto before = co_await read_version(context);
        if (!before) co_return unexpected<fault>(before.error());
        auto read = co_await read_once(context);
        const auto after = co_await read_version(context);
        if (!after) co_return unexpected<fault>(after.error());
        if (*before != *after) continue;
        if (read) read->version = *after;
        co_return std::move(read);
    }
    co_return unexpected<fault>(
        make_fault(fault_kind::unavailable, "the catalog changes faster than it can be read"));
}

store::answer<found_entry> find_entry(context_ptr context, std::string id) {
    redis::command command("HGET", context->names.endpoints, id);
    const auto result = co_await redis::call_within(context->client, std::move(command), call_takes_at_most);
    if (!result || result->is_error()) co_return unexpected<fault>(unavailable(result));
    if (result->is_nil())
        co_return unexpected<fault>(make_fault(fault_kind::missing, "there is no endpoint " + id));
    auto opened = open_entry(*context->sealing, id, result->text());
    if (!opened) co_return unexpected<fault>(std::move(opened.error()));
    found_entry found;
    found.opened = std::move(*opened);
    found.sealed = std::string(result->text());
    co_return std::move(found);
}

}  // namespace postrider::catalog
