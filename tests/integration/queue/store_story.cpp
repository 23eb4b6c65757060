#include "store_story.h"

#include <postrider/runtime/shard.h>

#include <algorithm>

namespace postrider::queue {
namespace asio = boost::asio;

bool told_dispatcher::reserve(std::uint32_t /*partition*/, const endpoint_ptr& /*endpoint*/) {
    if (refusals > 0) {
        --refusals;
        return false;
    }
    if (slots == 0) return false;
    --slots;
    return true;
}

void told_dispatcher::on_not_claimed(const std::string& queue_name) {
    ++slots;
    not_claimed.push_back(queue_name);
}

void told_dispatcher::on_claimed(delivery delivery) {
    if (on_delivery) return on_delivery(std::move(delivery));
    claimed.push_back(std::move(delivery));
}

void told_dispatcher::collect_claims(std::vector<claim>& claims, std::size_t most) {
    for (auto& wish : wishes)
        claims.push_back(wish);
    wishes.clear();
    for (auto entry = working_.begin(); entry != working_.end() && claims.size() < most && slots > 0;) {
        claim wish;
        wish.partition = entry->second;
        wish.queue_name = entry->first;
        wish.count = static_cast<std::uint32_t>(std::min(slots, 8));
        slots -= static_cast<int>(wish.count);
        claims.push_back(wish);
        entry = working_.erase(entry);
    }
}

void told_dispatcher::on_claim_ended(const claim& claim, std::uint32_t granted, bool more) {
    ended.push_back({claim.queue_name, granted, more});
    if (!claims_all_ready) return;
    slots += static_cast<int>(claim.count - granted);
    if (more) want(claim.partition, claim.queue_name);
}

void told_dispatcher::on_ready(std::uint32_t partition, const std::string& queue_name) {
    ready.push_back(queue_name);
    if (claims_all_ready) want(partition, queue_name);
}

void told_dispatcher::free_slot() {
    ++slots;
    if (!working_.empty()) claims_from->want_claims();
}

void told_dispatcher::want(std::uint32_t partition, const std::string& queue_name) {
    working_[queue_name] = partition;
    if (slots > 0) claims_from->want_claims();
}

void queue_story::until(const std::function<bool()>& so) {
    const auto end = system_time().monotonic_now() + std::chrono::minutes(1);
    context_.restart();
    while (!so()) {
        if (system_time().monotonic_now() > end) FAIL() << "it never came to that";
        context_.run_one_for(milliseconds(100));
    }
}

void queue_story::run(asio::awaitable<void> work) {
    bool ended = false;
    runtime::spawn(context_.get_executor(), "test", std::move(work), [&ended] { ended = true; });
    until([&ended] { return ended; });
}

std::unique_ptr<redis::client> queue_story::connect(const testing::redis_server& server) {
    auto client = std::make_unique<redis::client>(context_.get_executor(), resolver_, fast_settings(server),
                                                  store::preamble(), system_time());
    client->start();
    return client;
}

void queue_story::disconnect(std::unique_ptr<redis::client>& client) {
    if (!client) return;
    run(client->stop());
    client.reset();
}

endpoint_ptr queue_story::endpoint_named(const std::string& id) {
    auto made = std::make_shared<endpoint>();
    made->id = id;
    return made;
}

new_event queue_story::event_for(const std::string& id, const std::vector<std::string>& endpoints,
                                 const std::string& hash) {
    event made;
    made.tenant = "default";
    made.id = id;
    made.type = "test.event";
    made.accepted_at = system_time().wall_now();
    made.body = "body of " + id;
    new_event arrival;
    arrival.event = std::make_shared<const event>(std::move(made));
    arrival.content_hash = hash;
    for (const auto& name : endpoints)
        arrival.endpoints.push_back(endpoint_named(name));
    return arrival;
}

void store_story::SetUp() {
    queue_story::SetUp();
    outside_ = std::make_unique<redis_link>(server());
    for (std::uint32_t partition = 0; partition < names_.partitions(); ++partition)
        (*outside_)("SET", names_.token(partition), "T");
    client_ = connect(server());
    store_ = std::make_unique<store>(context_.get_executor(), *client_, names_, leases_, dispatch_, metrics_,
                                     clock_, store::settings());
    until([this] { return client_->connected(); });
    store_->open_gate();
}

void store_story::TearDown() {
    store_.reset();
    disconnect(client_);
    context_.restart();
    context_.run();  // and nothing is left behind
}

void store_story::enqueue(const std::string& id, const std::vector<std::string>& endpoints,
                          const std::string& hash) {
    store_->enqueue(event_for(id, endpoints, hash),
                    [this, id](enqueue_answer answer) { answers_.emplace_back(id, answer); });
}

void store_story::wish(const std::string& endpoint, std::uint32_t count) {
    dispatch_port::claim claim;
    claim.partition = partition_of(endpoint);
    claim.queue_name = "default." + endpoint;
    claim.count = count;
    dispatch_.wishes.push_back(claim);
    store_->want_claims();
}

}  // namespace postrider::queue
