#include "job_step.h"

#include "erasing_step.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace postrider::dead_letter {
namespace asio = boost::asio;

namespace {

using surroundings = job_runner::surroundings;
using queue::inspection;
using letter_names = std::vector<std::pair<std::string, std::string>>;  ///< queue names and store ids

constexpr std::size_t letters_a_step = 256;
constexpr milliseconds known_everywhere{2000};
/// The last moment of year 9999: everything was accepted before it.
constexpr wall_time end_of_time{milliseconds(253'402'300'799'999)};

// `position` is one of these words and, behind it, where inside that walk.
constexpr std::string_view counting = "count:";
constexpr std::string_view walking = "walk:";
constexpr std::string_view naming = "named:";
constexpr std::string_view forgetting = "history";

std::string at(std::string_view phase, std::string_view place) {
    return std::string(phase).append(place);
}
std::string place_in(const job& job, std::string_view phase) {
    return job.position.substr(phase.size());
}

/// What dies after the job was made is not the job's, or it would meet again what it replayed. A queue's
/// name says its tenant, and counts of one queue are exact.
queue::dead_letter_filter filter_of(const job& job) {
    queue::dead_letter_filter filter = job.filter;
    const wall_time bound = job.created_at + milliseconds(1);
    if (!filter.before || *filter.before > bound) filter.before = bound;
    if (!filter.tenant.empty() && filter.queue_name.starts_with(filter.tenant + ".")) filter.tenant.clear();
    // In the order in which they died, which is that of their ordering keys.
    filter.oldest_first = job.kind == job_kind::replay;
    return filter;
}

bool is_countable(const queue::dead_letter_filter& filter) {
    return filter.tenant.empty() && filter.endpoint.empty() && filter.event_type.empty() && !filter.reason;
}

std::vector<inspection::item> items_of(const surroundings& around, const letter_names& letters) {
    std::map<std::string, std::uint64_t, std::less<>> most;
    std::vector<inspection::item> items;
    items.reserve(letters.size());
    for (const auto& [queue_name, store_id] : letters) {
        const auto known = most.find(queue_name);
        inspection::item item;
        item.queue_name = queue_name;
        item.store_id = store_id;
        item.max_queued =
            known != most.end()
                ? known->second
                : most.emplace(queue_name, around.limits_of(queue_name).max_queued).first->second;
        items.push_back(std::move(item));
    }
    return items;
}

/// How many were passed over.
using moved_letters = expected<std::uint64_t, queue::read_fault>;

asio::awaitable<moved_letters> replay(const surroundings& around, std::vector<inspection::item> items) {
    auto replayed = co_await around.inspection.replay(items);
    if (!replayed) co_return unexpected<queue::read_fault>(std::move(replayed.error()));
    std::uint64_t skipped = 0;
    std::set<std::string> to_wake;
    for (std::size_t index = 0; index < replayed->size() && index < items.size(); ++index) {
        const auto& verdict = (*replayed)[index];
        if (verdict.what != inspection::moved::done) ++skipped;
        if (verdict.was_empty) to_wake.insert(items[index].queue_name);
    }
    for (const auto& queue_name : to_wake)
        around.wake(queue_name);
    co_return skipped;
}

asio::awaitable<moved_letters> purge(const surroundings& around, std::vector<inspection::item> items) {
    auto purged = co_await around.inspection.purge(std::move(items));
    if (!purged) co_return unexpected<queue::read_fault>(std::move(purged.error()));
    std::uint64_t skipped = 0;
    for (const auto verdict : *purged)
        if (verdict != inspection::moved::done) ++skipped;
    co_return skipped;
}

/// Nobody would send them: letters of endpoints that are not configured stay dead. How many they are.
std::uint64_t drop_unserved(const surroundings& around, letter_names& letters) {
    std::map<std::string, bool, std::less<>> served;
    return std::erase_if(letters, [&](const auto& letter) {
        const auto known = served.find(letter.first);
        if (known != served.end()) return !known->second;
        return !served.emplace(letter.first, around.limits_of(letter.first).known).first->second;
    });
}

asio::awaitable<moved_letters> move(const surroundings& around, job_kind kind, letter_names letters) {
    std::uint64_t unserved = 0;
    if (kind == job_kind::replay) unserved = drop_unserved(around, letters);
    if (letters.empty()) co_return unserved;
    auto items = items_of(around, letters);
    if (kind == job_kind::purge) co_return co_await purge(around, std::move(items));
    auto skipped = co_await replay(around, std::move(items));
    if (skipped) *skipped += unserved;
    co_return skipped;
}

/// Those that are dead and were when the job was made. A replay takes deliveries that were delivered as well:
/// a slice that is repeated after a crash must not send again what arrived meanwhile.
asio::awaitable<expected<letter_names, queue::read_fault>> keep_dead(const surroundings& around,
                                                                     letter_names letters,
                                                                     wall_time made_at) {
    letter_names kept;
    for (auto& [queue_name, store_id] : letters) {
        const auto found = co_await around.inspection.find_dead_letter(queue_name, store_id);
        if (!found) co_return unexpected<queue::read_fault>(found.error());
        if (*found && (*found)->created_at <= made_at)
            kept.emplace_back(std::move(queue_name), std::move(store_id));
    }
    co_return std::move(kept);
}

void note_moved(job& job, std::size_t letters, std::uint64_t skipped) {
    job.done += letters;
    job.skipped += skipped;
    job.total = std::max(job.total, job.done);
}

asio::awaitable<step_result> begin(const surroundings& around, job job) {
    const auto filter = filter_of(job);
    job.position = at(counting, "");
    if (!is_countable(filter)) co_return go_on(std::move(job));
    auto count = co_await around.inspection.count_dead_letters(filter);
    if (!count) {
        job.position.clear();
        co_return failed_read(std::move(job), std::move(count.error()));
    }
    if (*count) {
        job.total = **count;
        job.position = at(walking, "");
    }
    co_return go_on(std::move(job));
}

asio::awaitable<step_result> count_page(const surroundings& around, job job) {
    auto page =
        co_await around.inspection.dead_letters(filter_of(job), place_in(job, counting), letters_a_step);
    if (!page) co_return failed_read(std::move(job), std::move(page.error()));
    job.total += page->rows.size();
    job.position = page->next.empty() ? at(walking, "") : at(counting, page->next);
    co_return go_on(std::move(job));
}

asio::awaitable<step_result> move_page(const surroundings& around, job job) {
    auto page =
        co_await around.inspection.dead_letters(filter_of(job), place_in(job, walking), letters_a_step);
    if (!page) co_return failed_read(std::move(job), std::move(page.error()));
    letter_names letters;
    letters.reserve(page->rows.size());
    for (auto& row : page->rows)
        letters.emplace_back(std::move(row.queue_name), std::move(row.store_id));
    const std::size_t count = letters.size();
    auto skipped = co_await move(around, job.kind, std::move(letters));
    if (!skipped) co_return failed_read(std::move(job), std::move(skipped.error()));
    note_moved(job, count, *skipped);
    job.position = at(walking, page->next);
    if (page->next.empty()) co_return end(std::move(job));
    co_return go_on(std::move(job));
}

asio::awaitable<step_result> move_named(const surroundings& around, job job) {
    std::size_t first = 0;
    if (!job.position.empty()) {
        const std::string place = place_in(job, naming);
        std::from_chars(place.data(), place.data() + place.size(), first);
    }
    first = std::min(first, job.named.size());
    const std::size_t last = std::min(first + letters_a_step, job.named.size());
    job.total = job.named.size();
    letter_names letters(job.named.begin() + static_cast<std::ptrdiff_t>(first),
                         job.named.begin() + static_cast<std::ptrdiff_t>(last));
    std::uint64_t passed_over = 0;
    if (job.kind == job_kind::replay) {
        auto kept = co_await keep_dead(around, std::move(letters), job.created_at);
        if (!kept) co_return failed_read(std::move(job), std::move(kept.error()));
        letters = std::move(*kept);
        passed_over = last - first - letters.size();
    }
    auto skipped = co_await move(around, job.kind, std::move(letters));
    if (!skipped) co_return failed_read(std::move(job), std::move(skipped.error()));
    note_moved(job, last - first, *skipped + passed_over);
    job.position = at(naming, std::to_string(last));
    if (last == job.named.size()) co_return end(std::move(job));
    co_return go_on(std::move(job));
}

/// How much of an endpoint's queue is still there: what waits, and what is in flight.
asio::awaitable<expected<std::uint64_t, queue::read_fault>> count_live(const surroundings& around,
                                                                       std::string queue_name) {
    std::vector<std::string> names(1, std::move(queue_name));
    auto seen = co_await around.inspection.overviews(std::move(names));
    if (!seen) co_return unexpected<queue::read_fault>(std::move(seen.error()));
    std::uint64_t live = 0;
    for (const auto& overview : *seen)
        live += overview.waiting + overview.in_flight;
    co_return live;
}

inspection::ending ending_of(const surroundings& around, const job& job) {
    inspection::ending ending;
    ending.queue_name = job.filter.queue_name;
    ending.accepted_before = end_of_time;
    ending.reason = dead_reason::endpoint_deleted;
    ending.error = "its endpoint was deleted";
    ending.max_dead_letters = around.limits_of(job.filter.queue_name).max_dead_letters;
    return ending;
}

/// The job is made before the endpoint is removed, so that nothing can come between. Nothing: it is gone, and
/// this daemon knows.
asio::awaitable<std::optional<step_result>> wait_for_removal(const surroundings& around, job job) {
    const auto stored = co_await around.is_stored(job.filter.queue_name);
    std::optional<step_result> waits;
    if (stored && !*stored && !around.limits_of(job.filter.queue_name).known) co_return waits;
    waits = wait_for_others(std::move(job));
    if (stored && *stored) waits->trouble.text = "its endpoint is still there: nothing was ended";
    co_return waits;
}

/// Daemons learn within a second that an endpoint is gone: what they still accepted for it ends too.
bool may_get_more(const surroundings& around, const job& job) {
    const auto age = around.time.wall_now() - job.created_at;
    return age >= milliseconds(0) && age < known_everywhere;
}

/// What is in flight is left to its sender: delivered it is gone, else it waits or is dead, and the next
/// look sees it.
asio::awaitable<step_result> end_queue(const surroundings& around, job job) {
    auto waits = co_await wait_for_removal(around, job);
    if (waits) co_return std::move(*waits);
    auto ending = ending_of(around, job);
    auto ended = co_await around.inspection.end_waiting(ending);
    if (!ended) co_return failed_read(std::move(job), std::move(ended.error()));
    job.done += ended->deaths.size();
    around.report(ending, ended->deaths);
    const auto live = co_await count_live(around, job.filter.queue_name);
    if (!live) co_return failed_read(std::move(job), live.error());
    job.total = job.done + *live;
    if (ended->more) co_return go_on(std::move(job));
    if (*live > 0 || may_get_more(around, job)) co_return wait_for_others(std::move(job));
    job.position = forgetting;
    co_return go_on(std::move(job));
}

asio::awaitable<step_result> forget_history(const surroundings& around, job job) {
    const auto more = co_await around.inspection.drop_history(job.filter.queue_name);
    if (!more) co_return failed_read(std::move(job), more.error());
    if (*more) co_return go_on(std::move(job));
    co_return end(std::move(job));
}

}  // namespace

step_result go_on(job after) {
    step_result result;
    result.after = std::move(after);
    return result;
}
step_result wait_for_others(job after) {
    step_result result = go_on(std::move(after));
    result.progressed = false;
    return result;
}
step_result failed_read(job before, queue::read_fault fault) {
    step_result result = wait_for_others(std::move(before));
    result.trouble = std::move(fault);
    if (result.trouble.text.empty()) result.trouble.text = "the store refused the job's position";
    return result;
}
step_result end(job after) {
    after.status = job_status::done;
    after.total = after.done;  // what others took meanwhile is not there any more
    after.position.clear();
    return go_on(std::move(after));
}

asio::awaitable<step_result> take_step(const surroundings& around, job job) {
    if (job.kind == job_kind::delete_event) return erase_event(around, std::move(job));
    if (job.kind == job_kind::delete_tenant) return erase_tenant(around, std::move(job));
    if (job.kind == job_kind::delete_endpoint)
        return job.position == forgetting ? forget_history(around, std::move(job))
                                          : end_queue(around, std::move(job));
    if (!job.named.empty()) return move_named(around, std::move(job));
    if (job.position.starts_with(counting)) return count_page(around, std::move(job));
    if (job.position.starts_with(walking)) return move_page(around, std::move(job));
    return begin(around, std::move(job));
}

}  // namespace postrider::dead_letter
