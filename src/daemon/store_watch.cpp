#include "store_watch.h"

#include <postrider/catalog/store.h>
#include <postrider/dead_letter/job.h>
#include <postrider/redis/slot.h>
#include <postrider/runtime/shard.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

using standing = store_verdict::standing;

constexpr milliseconds between_looks{1000};
/// A look that began so long ago is repeated: somewhat less, since timers are late.
constexpr milliseconds look_lasts{900};
constexpr milliseconds connections_gather{10};

queue::durability_wish wish_of(const config::redis_settings& settings) {
    queue::durability_wish wish;
    wish.level = to_string(settings.level);
    wish.replicas = settings.replicas;
    wish.unverified_ok = settings.durability_unverified;
    return wish;
}

}  // namespace

store_watch::store_watch(surroundings around, const config::redis_settings& settings,
                         std::function<void(store_verdict)> report)
    : around_(around), wish_(wish_of(settings)), report_(std::move(report)) {
    if (around.links.is_split())
        add_places_of_cluster();
    else
        add_place(0, place_watch::duties{true, false, mark_of(0)});
}

/// The first place of a server is where its mark is moved, so those of partitions come first.
void store_watch::add_places_of_cluster() {
    for (std::uint32_t partition = 0; partition < around_.keys.partitions(); ++partition)
        add_place(around_.keys.slot(partition), place_watch::duties{false, true, mark_of(partition)});
    add_place(redis::hash_slot(around_.keys.store()), place_watch::duties{true, true, std::nullopt});
    for (const auto tag : {catalog::store::hash_tag, dead_letter::job_store::hash_tag})
        add_place(redis::hash_slot(tag), place_watch::duties{false, true, std::nullopt});
}

queue::store_mark store_watch::mark_of(std::uint32_t partition) const {
    return queue::store_mark(around_.links.of(around_.keys.slot(partition)), around_.keys.mark(partition),
                             around_.random, around_.metrics, system_time());
}

void store_watch::add_place(std::uint16_t slot, place_watch::duties duties) {
    place added;
    added.watch =
        std::make_unique<place_watch>(around_.links.of(slot), around_.keys, wish_, std::move(duties));
    places_.push_back(std::move(added));
}

void store_watch::start(const asio::any_io_executor& executor) {
    executor_ = executor;
    wake_ = std::make_shared<runtime::signal>(executor);
    for (const place& each : places_)
        runtime::spawn(executor, "store connection",
                       follow_connection(shared_from_this(), each.watch->client()));
    runtime::spawn(executor, "store watch", run(shared_from_this()));
}

asio::awaitable<void> store_watch::follow_connection(std::shared_ptr<store_watch> self,
                                                     redis::client& client) {
    std::uint64_t seen = 0;
    while (co_await client.wait_connected(seen)) {
        seen = client.generation();
        self->wake_->notify_all();
    }
    self->over_ = true;
    self->wake_->notify_all();
}

asio::awaitable<void> store_watch::run(std::shared_ptr<store_watch> self) {
    while (!self->over_) {
        begin_looks(one_for_each_server());
        if (find_absence()) report();
        co_await wake_->wait_for(between_looks);
        // What connects together is looked at together.
        co_await runtime::sleep_for(connections_gather);
    }
}

std::vector<store_watch::place*> store_watch::one_for_each_server() {
    std::vector<place*> servers;
    std::set<std::string> known;
    for (place& each : places_) {
        const redis::client& client = each.watch->client();
        if (client.connected() && known.insert(client.where().display()).second) servers.push_back(&each);
    }
    return servers;
}

void store_watch::begin_looks(const std::vector<place*>& servers) {
    const monotonic_time now = system_time().monotonic_now();
    for (place& each : places_) {
        const redis::client& client = each.watch->client();
        const bool whole = std::ranges::find(servers, &each) != servers.end();
        if (each.looking || !client.connected() || (!whole && !each.watch->describes())) continue;
        if (each.looked_at == client.generation() && now - each.began < look_lasts) continue;
        each.looking = true;
        each.looked_at = client.generation();
        each.began = now;
        runtime::spawn(executor_, "store look", look(shared_from_this(), each, whole));
    }
}

asio::awaitable<void> store_watch::look(std::shared_ptr<store_watch> self, place& at, bool whole) {
    auto found = co_await at.watch->look(whole);
    at.looking = false;
    if (!found || self->over_) co_return;
    at.last = std::move(found);
    report();
}

/// Of whatever has no connection; nothing: all have one, or are about to.
std::optional<store_verdict> store_watch::find_absence() const {
    for (const place& each : places_)
        if (is_absent(each)) return absence_of(each);
    return std::nullopt;
}

bool store_watch::is_absent(const place& at) const {
    return !at.watch->client().connected() && !at.watch->client().last_error().empty();
}

store_verdict store_watch::absence_of(const place& at) const {
    store_verdict absent;
    absent.what = standing::absent;
    absent.fault = places_.size() == 1 ? "Redis is away: " : "a part of the Cluster is away: ";
    absent.fault += at.watch->client().last_error();
    return absent;
}

/// Whether something is known of it, or the reason why not.
bool store_watch::is_known(const place& at, const std::vector<place*>& servers) const {
    if (!at.watch->client().connected()) return is_absent(at);
    return !is_looked_at(at, servers) || at.last.has_value();
}

bool store_watch::is_looked_at(const place& at, const std::vector<place*>& servers) {
    const bool is_first = std::ranges::find(servers, &at) != servers.end();
    return is_first || (at.watch->describes() && at.watch->client().connected());
}

void store_watch::report() {
    const std::vector<place*> servers = one_for_each_server();
    std::vector<store_verdict> found;
    for (const place& each : places_)
        if (!is_known(each, servers)) return;
    for (place& each : places_) {
        if (!is_looked_at(each, servers)) continue;
        found.push_back(*each.last);
        each.last->mark = queue::store_mark::finding::steady;
    }
    if (auto absent = find_absence()) found.push_back(std::move(*absent));
    store_verdict whole = merge(found);
    if (auto missing = find_undescribed(); missing && whole.what == standing::good)
        whole = std::move(*missing);
    report_(std::move(whole));
}

/// Nothing begins before the description was read.
std::optional<store_verdict> store_watch::find_undescribed() {
    if (described_) return std::nullopt;
    const auto at = std::ranges::find_if(places_, [](const place& each) { return each.watch->describes(); });
    if (is_absent(*at)) return absence_of(*at);
    described_ = at->last->what == standing::good;
    return described_ ? std::nullopt : at->last;
}

}  // namespace postrider::daemon
