#include <postrider/redis/links.h>

#include <utility>

namespace postrider::redis {

links::links(std::unique_ptr<client> only) : only_(std::move(only)) {}

links::links(maker make) : make_(std::move(make)) {}

client& links::of(std::uint16_t slot) {
    if (only_) return *only_;
    auto& place = by_slot_[slot];
    if (!place) {
        place = make_(slot);
        if (started_) place->start();
    }
    return *place;
}

void links::start() {
    started_ = true;
    if (only_) only_->start();
    for (auto& [slot, client] : by_slot_)
        client->start();
}

boost::asio::awaitable<void> links::stop() {
    if (only_) co_await only_->stop();
    for (auto& [slot, client] : by_slot_)
        co_await client->stop();
}

}  // namespace postrider::redis
