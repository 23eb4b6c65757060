#include "inspection_deliveries.h"

#include "inspection_position.h"
#include "inspection_row.h"

#include <postrider/base/ascii.h>

#include <algorithm>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::size_t entries_a_call = 256;
constexpr std::uint64_t bytes_a_call = 1024 * 1024;

/// What one request walks through.
struct listing {
    inspection_ptr context;
    std::string queue_name;
    delivery_filter filter;
    std::string places;  ///< in the order in which they are walked
};

/// An entry of a place. `listed` is false for what is shown elsewhere, and for strays.
struct found {
    delivery_row row;
    list_position position;
    wall_time when{};
    bool listed = true;
};
struct chunk {
    std::vector<found> entries;
    bool more = false;
    bool none_parked = false;  ///< so the other places of what is parked need no look
};

/// Behind those in flight, retried, due and queued.
constexpr std::string_view places_of_parked = "IRAQ";

std::string_view places_of(const std::optional<delivery_status>& status) {
    if (!status) return "iharqIRAQd";
    switch (*status) {
        case delivery_status::pending:
            return "qIRAQ";
        case delivery_status::delivering:
            return "i";
        case delivery_status::retrying:
            return "ar";
        case delivery_status::delivered:
            return "h";
        case delivery_status::dead:
        case delivery_status::expired:
            return "d";
    }
    return "h";
}

std::string places_of(const delivery_filter& filter) {
    std::string places(places_of(filter.status));
    if (!filter.parked) return places;
    if (*filter.parked) return std::string(places_of_parked);
    std::erase_if(places, is_of_parked);
    return places;
}

wall_time wall_of(std::uint64_t microseconds) {
    return wall_time(milliseconds(static_cast<std::int64_t>(microseconds / 1000)));
}

std::uint64_t microseconds_of(wall_time time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count())) * 1000;
}

/// The newest first, so a page begins below the last record, or below `before`.
partition_call history_call(const listing& listing, const list_position& from, std::size_t most) {
    std::optional<std::uint64_t> below;
    if (!from.id.empty()) below = from.number;
    if (listing.filter.before) {
        const auto bound = microseconds_of(*listing.filter.before);
        below = below ? std::min(*below, bound) : bound;
    }
    const auto lowest =
        listing.filter.after ? microseconds_of(*listing.filter.after + milliseconds(1)) : std::uint64_t{0};
    const auto partition = listing.context->keys.partition_of(listing.queue_name);
    return {script::history_page,
            partition,
            listing.queue_name,
            below ? std::to_string(*below) : std::string(),
            lowest,
            static_cast<std::uint64_t>(most),
            bytes_a_call};
}

partition_call waiting_call(const listing& listing, const list_position& from, std::size_t most) {
    const auto partition = listing.context->keys.partition_of(listing.queue_name);
    return {script::waiting_page,
            partition,
            listing.queue_name,
            std::string(1, from.place),
            from.number,
            from.id,
            static_cast<std::uint64_t>(most),
            static_cast<std::uint64_t>(event_head_bytes)};
}

partition_call parked_call(const listing& listing, const list_position& from, std::size_t most) {
    const auto partition = listing.context->keys.partition_of(listing.queue_name);
    return {script::parked_page,
            partition,
            listing.queue_name,
            std::string(1, ascii::to_lower(from.place)),
            from.number,
            from.id,
            from.passed,
            static_cast<std::uint64_t>(most),
            static_cast<std::uint64_t>(event_head_bytes)};
}

partition_call dead_call(const listing& listing, const list_position& from, std::size_t most) {
    std::string time;
    std::string id = from.id;
    if (!id.empty()) time = std::to_string(from.number);
    const auto& before = listing.filter.before;
    if (before &&
        (id.empty() || before->time_since_epoch().count() <= static_cast<std::int64_t>(from.number))) {
        time = milliseconds_text(*before);
        id.clear();
    }
    const auto partition = listing.context->keys.partition_of(listing.queue_name);
    return {script::dead_page,
            partition,
            listing.queue_name,
            time,
            id,
            listing.filter.after ? milliseconds_text(*listing.filter.after) : std::string(),
            static_cast<std::uint64_t>(most)};
}

/// A record whose delivery was retried and is in the store no more, or is on a later retry, is not its last.
bool is_outlived(const attempt_record& record, const std::optional<delivery_state>& state) {
    if (state && state->letter == 'f') return true;  // shown with what is in flight
    if (record.what != outcome::kind::retry) return false;
    if (!state || state->letter == 'k') return true;
    return state->letter == 'r' && state->attempts > record.attempt;
}

found read_record(const listing& listing, char place, const redis::reply& reply, std::size_t at) {
    sighting seen;
    seen.record = reply[at].text();
    seen.state = reply[at + 1].text();
    seen.note = reply[at + 2].text();
    found entry;
    entry.position.place = place;
    const auto record = decode_attempt(seen.record);
    entry.position.number = read_stamp(seen.record);
    entry.position.id = anchor_of(place, record ? record->store_id : std::string());
    if (!record) {
        listing.context->report_fault("attempt_record", listing.queue_name);
        entry.listed = false;
        return entry;
    }
    seen.store_id = record->store_id;
    entry.row = row_of(listing.queue_name, seen);
    entry.when = wall_of(record->stamp);
    entry.listed = reply[at + 3].text() == "0" && !is_outlived(record->record, parse_state(seen.state));
    return entry;
}

bool belongs(char place, char letter) {
    if (place == 'i') return letter == 'f';
    if (place == 'r') return letter == 'r';
    if (is_of_parked(place)) return letter == 'p';
    return letter == 'q';
}

/// An entry of a place where things wait, as far as that is the same of all of them.
void show(const listing& listing, const sighting& seen, found& entry) {
    const char place = entry.position.place;
    const auto state = parse_state(seen.state);
    const bool walks_history = listing.places.find('h') != std::string::npos;
    const bool in_history = walks_history && place != 'i' && !seen.record.empty();
    entry.listed = state && belongs(place, state->letter) && !in_history;
    if (!entry.listed) return;
    entry.row = row_of(listing.queue_name, seen);
    const auto newest = decode_attempt(seen.record);
    entry.when = newest ? wall_of(newest->stamp) : since_of(seen).value_or(wall_time());
}

found read_waiting(const listing& listing, char place, const redis::reply& reply, std::size_t at) {
    sighting seen;
    seen.store_id = reply[at].text();
    seen.state = reply[at + 2].text();
    seen.note = reply[at + 3].text();
    seen.head = reply[at + 4].text();
    seen.accepted_at = reply[at + 5].text();
    seen.record = reply[at + 6].text();
    found entry;
    entry.position.place = place;
    entry.position.number = whole_number(reply[at + 1].text(), UINT64_MAX).value_or(0);
    entry.position.id = anchor_of(place, seen.store_id);
    show(listing, seen, entry);
    return entry;
}

found read_parked(const listing& listing, char place, const redis::reply& reply, std::size_t at) {
    sighting seen;
    seen.store_id = reply[at].text();
    seen.state = reply[at + 4].text();
    seen.head = reply[at + 5].text();
    seen.accepted_at = reply[at + 6].text();
    seen.record = reply[at + 7].text();
    found entry;
    entry.position.place = place;
    entry.position.number = whole_number(reply[at + 1].text(), UINT64_MAX).value_or(0);
    entry.position.id = anchor_of(place, reply[at + 2].text());
    entry.position.passed = whole_number(reply[at + 3].text(), UINT64_MAX).value_or(0);
    show(listing, seen, entry);
    return entry;
}

/// How the entries of a place are asked for and read.
struct reading_of_place {
    partition_call (*call)(const listing&, const list_position&, std::size_t);
    found (*read)(const listing&, char, const redis::reply&, std::size_t);
    std::size_t elements;
};

reading_of_place reading_of(char place) {
    if (place == 'h') return {history_call, read_record, 4};
    if (is_of_parked(place)) return {parked_call, read_parked, 8};
    return {waiting_call, read_waiting, 7};
}

inspection_answer<chunk> read_places(listing listing, list_position from, std::size_t most) {
    const auto reading = reading_of(from.place);
    auto call = reading.call(listing, from, most);
    const auto reply = co_await ask(listing.context, std::move(call));
    if (!reply) co_return unexpected<read_fault>(reply.error());
    chunk chunk;
    chunk.more = (*reply)[0].text() == "1";
    chunk.none_parked = (*reply)[0].text() == "-";
    for (std::size_t at = 1; at < reply->size(); at += reading.elements)
        chunk.entries.push_back(reading.read(listing, from.place, *reply, at));
    co_return chunk;
}

found read_letter(const listing& listing, const redis::reply_view& named, std::size_t at,
                  const redis::reply_view& letters, std::size_t letter_at) {
    sighting seen;
    seen.store_id = named[at].text();
    seen.note = letters[letter_at + 1].text();
    seen.state = letters[letter_at + 2].text();
    seen.head = letters[letter_at + 3].text();
    found entry;
    entry.position.place = 'd';
    entry.position.number = whole_number(named[at + 1].text(), UINT64_MAX).value_or(0);
    entry.position.id = anchor_of('d', seen.store_id);
    const auto state = parse_state(seen.state);
    const bool in_history = letters[letter_at + 5].text() == "1";
    // Where everything is listed, whatever had an attempt is shown, or forgotten, with the history.
    const bool has_place = listing.filter.status || (state && state->attempts == 0 && !in_history);
    entry.listed = state && state->letter == 'd' && has_place;
    if (!entry.listed) return entry;
    entry.row = row_of(listing.queue_name, seen);
    entry.when = time_of_score(named[at + 1].text()).value_or(wall_time());
    return entry;
}

inspection_answer<chunk> read_dead(listing listing, list_position from, std::size_t most) {
    auto call = dead_call(listing, from, most);
    const auto named = co_await ask(listing.context, std::move(call));
    if (!named) co_return unexpected<read_fault>(named.error());
    chunk chunk;
    chunk.more = (*named)[0].text() == "1";
    if (named->size() < 2) co_return chunk;
    partition_call details(script::letters, listing.context->keys.partition_of(listing.queue_name),
                           static_cast<std::uint64_t>(event_head_bytes),
                           listing.filter.status ? std::string() : listing.queue_name);
    for (std::size_t at = 1; at < named->size(); at += 2) {
        details.add(listing.queue_name);
        details.add((*named)[at].text());
    }
    const auto letters = co_await ask(listing.context, std::move(details));
    if (!letters) co_return unexpected<read_fault>(letters.error());
    for (std::size_t at = 1, letter_at = 0; at < named->size(); at += 2, letter_at += 6)
        chunk.entries.push_back(read_letter(listing, *named, at, *letters, letter_at));
    co_return chunk;
}

bool admits(const delivery_filter& filter, const found& entry) {
    if (!entry.listed) return false;
    if (filter.status && entry.row.status != *filter.status) return false;
    if (filter.parked && entry.row.is_parked != *filter.parked) return false;
    if (!filter.event_type.empty() && entry.row.event_type != filter.event_type) return false;
    if (filter.before && entry.when >= *filter.before) return false;
    return !filter.after || entry.when > *filter.after;
}

/// Goes on to the next place; false at the end of all.
bool advance(const listing& listing, list_position& position) {
    const auto next = listing.places.find(position.place) + 1;
    if (next >= listing.places.size()) return false;
    position = list_position();
    position.place = listing.places[next];
    return true;
}

/// Takes rows out of a chunk until the page is full. Gives how many entries that took.
std::size_t fill(page<delivery_row>& page, chunk& chunk, const delivery_filter& filter, std::size_t most,
                 list_position& position) {
    std::size_t looked_at = 0;
    for (found& entry : chunk.entries) {
        if (page.rows.size() == most) break;
        ++looked_at;
        position = entry.position;
        if (admits(filter, entry)) page.rows.push_back(std::move(entry.row));
    }
    return looked_at;
}

/// A few more than are wanted, for some will be shown elsewhere; a filter may refuse any number, and so may a
/// place whose entries are mostly shown elsewhere.
std::size_t entries_wanted(const delivery_filter& filter, char place, std::size_t missing) {
    const bool picky = !filter.event_type.empty() || filter.status || place == 'd';
    if (picky) return entries_a_call;
    const std::size_t least = is_of_parked(place) ? 64 : 0;  // many may lead nobody
    return std::clamp(missing + missing / 4 + 4, least, entries_a_call);
}

}  // namespace

inspection_answer<page<delivery_row>> list_deliveries(inspection_ptr context, std::string queue_name,
                                                      delivery_filter filter, std::string position,
                                                      std::size_t most) {
    listing listing;
    listing.context = std::move(context);
    listing.queue_name = std::move(queue_name);
    listing.filter = std::move(filter);
    listing.places = places_of(listing.filter);
    if (position.empty()) position = listing.places.front();
    auto from = parse_position(position, listing.places);
    if (!from || !from->queue_name.empty()) {
        read_fault fault;
        fault.bad_position = true;
        fault.text = "no position of this list";
        co_return unexpected<read_fault>(std::move(fault));
    }
    most = std::clamp<std::size_t>(most, 1, most_rows);
    page<delivery_row> page;
    for (std::size_t looked_at = 0; looked_at < most_looked_at;) {
        const auto wanted = entries_wanted(listing.filter, from->place, most - page.rows.size());
        auto reading =
            from->place == 'd' ? read_dead(listing, *from, wanted) : read_places(listing, *from, wanted);
        auto chunk = co_await std::move(reading);
        if (!chunk) co_return unexpected<read_fault>(std::move(chunk.error()));
        const auto taken = fill(page, *chunk, listing.filter, most, *from);
        looked_at += std::max<std::size_t>(taken, 1);
        if (chunk->none_parked) from->place = places_of_parked.back();
        const bool at_end = taken == chunk->entries.size() && (!chunk->more || chunk->entries.empty());
        if (at_end && !advance(listing, *from)) co_return page;
        if (page.rows.size() == most) break;
    }
    page.next = to_text(*from);
    co_return page;
}

}  // namespace postrider::queue
