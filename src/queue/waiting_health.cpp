#include "waiting_health.h"

namespace postrider::queue {

void waiting_health::put(settlement item) {
    if (item.serial == 0) item.serial = ++last_serial_;
    auto& waits = texts_[{item.partition, item.queue_name}];
    if (waits.serial < item.serial) waits = std::move(item);
}

settlement waiting_health::take_front() {
    settlement item = std::move(texts_.begin()->second);
    texts_.erase(texts_.begin());
    return item;
}

void waiting_health::forget(std::uint32_t partition) {
    std::erase_if(texts_, [partition](const auto& text) { return text.first.first == partition; });
}

}  // namespace postrider::queue
