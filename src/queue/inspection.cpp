#include "inspection_dead.h"
#include "inspection_deliveries.h"
#include "inspection_delivery.h"
#include "inspection_moves.h"
#include "inspection_overviews.h"
#include "inspection_reckoning.h"

#include <postrider/queue/inspection.h>

#include <utility>

namespace postrider::queue {

struct inspection::impl {
    inspection_ptr context;
    /// Of each partition: where the sweep's walk over its queues goes on.
    std::shared_ptr<std::vector<std::string>> sweep_cursors;
};

inspection::inspection(redis::client& client, const keys& keys, metrics::registry& metrics,
                       const time_source& time)
    : impl_(std::make_shared<impl>()) {
    impl_->context = std::make_shared<inspection_context>(
        [&client](std::uint32_t) -> redis::client& { return client; }, keys, metrics, time);
    impl_->sweep_cursors = std::make_shared<std::vector<std::string>>(keys.partitions(), "0");
}

inspection::inspection(redis::links& links, const keys& keys, metrics::registry& metrics,
                       const time_source& time)
    : impl_(std::make_shared<impl>()) {
    impl_->context = std::make_shared<inspection_context>(
        [&links, &keys](std::uint32_t partition) -> redis::client& { return links.of(keys.slot(partition)); },
        keys, metrics, time);
    impl_->sweep_cursors = std::make_shared<std::vector<std::string>>(keys.partitions(), "0");
}

inspection::~inspection() {
    impl_->context->stopped = true;
}

inspection::answer<page<delivery_row>> inspection::deliveries(std::string queue_name, delivery_filter filter,
                                                              std::string position, std::size_t most) {
    return list_deliveries(impl_->context, std::move(queue_name), std::move(filter), std::move(position),
                           most);
}

inspection::answer<std::optional<delivery_detail>> inspection::delivery(std::string queue_name,
                                                                        std::string store_id) {
    return read_delivery(impl_->context, std::move(queue_name), std::move(store_id));
}

inspection::answer<std::optional<event_view>> inspection::find_event(std::string store_id,
                                                                     std::vector<std::string> candidates) {
    return read_event(impl_->context, std::move(store_id), std::move(candidates));
}

inspection::answer<page<dead_letter>> inspection::dead_letters(dead_letter_filter filter,
                                                               std::string position, std::size_t most) {
    return list_dead_letters(impl_->context, std::move(filter), std::move(position), most);
}

inspection::answer<std::optional<dead_letter>> inspection::find_dead_letter(std::string queue_name,
                                                                            std::string store_id) {
    return read_dead_letter(impl_->context, std::move(queue_name), std::move(store_id));
}

inspection::answer<std::optional<std::uint64_t>> inspection::count_dead_letters(dead_letter_filter filter) {
    return count_dead(impl_->context, std::move(filter));
}

inspection::answer<std::vector<inspection::replayed>> inspection::replay(std::vector<item> items) {
    return replay_letters(impl_->context, std::move(items), {});
}

inspection::answer<std::vector<inspection::replayed>> inspection::replay_with_body(std::vector<item> items,
                                                                                   std::string stored) {
    return replay_letters(impl_->context, std::move(items), std::move(stored));
}

inspection::answer<std::vector<inspection::moved>> inspection::purge(std::vector<item> items) {
    return purge_letters(impl_->context, std::move(items));
}

inspection::answer<inspection::ended> inspection::end_waiting(ending what) {
    return end_what_waits(impl_->context, std::move(what));
}

inspection::answer<bool> inspection::drop_history(std::string queue_name) {
    return drop_records(impl_->context, std::move(queue_name));
}

inspection::answer<bool> inspection::sweep(std::uint32_t partition, retention_of terms) {
    return sweep_partition(impl_->context, partition, impl_->sweep_cursors, std::move(terms));
}

inspection::answer<std::vector<inspection::overview>> inspection::overviews(
    std::vector<std::string> queue_names) {
    return read_overviews(impl_->context, std::move(queue_names));
}
inspection::answer<std::vector<std::uint64_t>> inspection::waiting(std::vector<std::string> queue_names) {
    return read_waiting(impl_->context, std::move(queue_names));
}

inspection::answer<inspection::totals> inspection::read_totals() {
    return sum_totals(impl_->context);
}

inspection::answer<reckoning> inspection::reckon(std::uint32_t partition) {
    return reckon_partition(impl_->context, partition);
}

std::uint32_t inspection::partitions() const noexcept {
    return impl_->context->keys.partitions();
}

}  // namespace postrider::queue
