#include "erasing.h"
#include "inspection_context.h"
#include "inspection_moves.h"

#include <postrider/queue/belongings.h>

#include <set>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::uint64_t entries_a_scan = 512;

/// A walk over an index of a partition that names queues: the command, and how many elements an entry has.
struct queue_index {
    const char* scan;
    std::string key;
    std::size_t step;
    std::string cursor;  ///< "0" before the first page, and behind the last
};

std::vector<queue_index> indices_of(const keys& keys, std::uint32_t partition) {
    return {{"SSCAN", keys.names(partition), 1, "0"},
            {"SSCAN", keys.ready(partition), 1, "0"},
            {"ZSCAN", keys.due(partition), 2, "0"},
            {"HSCAN", keys.parked(partition), 2, "0"},
            {"HSCAN", keys.inflight(partition), 2, "0"}};
}

std::vector<plain_call> next_pages(const std::vector<queue_index>& indices, std::uint32_t partition,
                                   const std::string& pattern) {
    std::vector<plain_call> calls;
    for (const auto& index : indices)
        calls.push_back({partition, redis::command(index.scan, index.key, index.cursor, "MATCH", pattern,
                                                   "COUNT", entries_a_scan)});
    return calls;
}

/// The field of what is in flight has an id behind the queue.
void read_page(const redis::reply& page, queue_index& index, std::set<std::string>& names) {
    for (std::size_t at = 0; at < page[1].size(); at += index.step) {
        const std::string_view entry = page[1][at].text();
        names.emplace(entry.substr(0, entry.find('|')));
    }
    index.cursor = page[0].text();
}

/// Without one of the indices nobody could say that nothing is left.
read_fault unreadable_index(std::string_view text) {
    read_fault fault;
    fault.text = "an index of the queues cannot be read: " + std::string(text);
    return fault;
}

inspection_answer<std::vector<std::string>> find_queues(inspection_ptr context, std::uint32_t partition,
                                                        std::string tenant) {
    std::set<std::string> names;
    auto indices = indices_of(context->keys, partition);
    while (!indices.empty()) {
        auto calls = next_pages(indices, partition, tenant + ".*");
        const auto replies = co_await ask_plainly(context, std::move(calls));
        if (!replies) co_return unexpected<read_fault>(replies.error());
        for (std::size_t at = 0; at < indices.size(); ++at) {
            const redis::reply& page = (*replies)[at];
            if (page.is_error()) co_return unexpected<read_fault>(unreadable_index(page.text()));
            read_page(page, indices[at], names);
        }
        std::erase_if(indices, [](const queue_index& index) { return index.cursor == "0"; });
    }
    co_return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace

struct belongings::impl {
    inspection_ptr context;
};

belongings::belongings(redis::client& client, const keys& keys, metrics::registry& metrics,
                       const time_source& time)
    : impl_(std::make_shared<impl>()) {
    impl_->context = std::make_shared<inspection_context>(
        [&client](std::uint32_t) -> redis::client& { return client; }, keys, metrics, time);
}

belongings::belongings(redis::links& links, const keys& keys, metrics::registry& metrics,
                       const time_source& time)
    : impl_(std::make_shared<impl>()) {
    impl_->context = std::make_shared<inspection_context>(
        [&links, &keys](std::uint32_t partition) -> redis::client& { return links.of(keys.slot(partition)); },
        keys, metrics, time);
}

belongings::~belongings() {
    impl_->context->stopped = true;
}

std::uint32_t belongings::partitions() const noexcept {
    return impl_->context->keys.partitions();
}

belongings::answer<std::vector<std::string>> belongings::queues_of(std::uint32_t partition,
                                                                   std::string tenant) {
    return find_queues(impl_->context, partition, std::move(tenant));
}

belongings::answer<belongings::erased_event> belongings::erase_event(std::string store_id) {
    return erase_deliveries(impl_->context, std::move(store_id));
}

belongings::answer<belongings::erased_records> belongings::erase_records(std::string queue_name,
                                                                         std::string store_id,
                                                                         std::uint64_t passed) {
    return erase_attempts(impl_->context, std::move(queue_name), std::move(store_id), passed);
}

belongings::answer<belongings::erased_queue> belongings::erase_queue(std::string queue_name,
                                                                     wall_time accepted_until,
                                                                     place_counts passed) {
    return erase_places(impl_->context, std::move(queue_name), accepted_until, passed);
}

belongings::answer<bool> belongings::erase_history(std::string queue_name) {
    return drop_records(impl_->context, std::move(queue_name));
}

}  // namespace postrider::queue
