#include "connect.h"
#include "slot_table.h"

#include <postrider/redis/cluster.h>
#include <postrider/runtime/signal.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace postrider::redis {
namespace asio = boost::asio;

namespace {

constexpr std::size_t max_answer_bytes = 32 * 1024 * 1024;  // 16,384 ranges with ten nodes each
/// Nodes asked in one refresh; the next one begins with others.
constexpr std::size_t most_asked = 8;

}  // namespace

struct cluster_map::state {
    state(const asio::any_io_executor& executor, net::resolver& resolver, cluster_settings wanted,
          const time_source& clock)
        : settings(std::move(wanted)),
          time(clock),
          asking(executor, resolver, max_answer_bytes, clock),
          refreshed(executor) {}

    const cluster_settings settings;
    const time_source& time;
    connector asking;
    runtime::signal refreshed;  // or a waiter was cut
    slot_table table;
    bool stale = true;
    const bool* driver = nullptr;         // whose coroutine asks the nodes at present
    std::optional<node_address> hinted;   // by a MOVED: knows most
    std::optional<monotonic_time> ended;  // the last refresh
    std::size_t turn = 0;
    std::uint64_t refreshes = 0;
    std::string fault;  // of the last refresh

    asio::awaitable<void> refresh(const bool* cut);
    asio::awaitable<std::string> ask(node_address node);
    [[nodiscard]] bool refresh_due(std::uint16_t slot) const;
    [[nodiscard]] std::vector<node_address> whom_to_ask();
    [[nodiscard]] location at(const node_address& node) const;
};

/// The same as whom, wherever it is.
location cluster_map::state::at(const node_address& node) const {
    location where = settings.seeds.front();
    where.host = node.host;
    where.port = node.port;
    return where;
}

bool cluster_map::state::refresh_due(std::uint16_t slot) const {
    if (!stale && table.owner(slot) != nullptr) return false;
    return !ended || time.monotonic_now() - *ended >= settings.refresh_pause;
}

std::vector<node_address> cluster_map::state::whom_to_ask() {
    std::vector<node_address> known = table.nodes();
    for (const location& seed : settings.seeds)
        known.push_back({seed.host, seed.port});
    const auto offset = static_cast<std::ptrdiff_t>(turn++ % known.size());
    std::rotate(known.begin(), known.begin() + offset, known.end());
    if (hinted) known.insert(known.begin(), *hinted);
    std::vector<node_address> distinct;
    for (const node_address& each : known) {
        if (distinct.size() < most_asked && std::ranges::find(distinct, each) == distinct.end())
            distinct.push_back(each);
    }
    return distinct;
}

/// Until one node gave a table.
asio::awaitable<void> cluster_map::state::refresh(const bool* cut) {
    driver = cut;
    ++refreshes;
    std::string failures;
    const auto nodes = whom_to_ask();
    for (std::size_t tried = 0; tried < nodes.size() && !*cut; ++tried) {
        const std::string failure = co_await ask(nodes[tried]);
        if (failure.empty()) {
            failures.clear();
            stale = false;
            break;
        }
        failures += (failures.empty() ? "" : "; ") + failure;
    }
    hinted.reset();
    fault = std::move(failures);
    ended = time.monotonic_now();
    driver = nullptr;
    refreshed.notify_all();
}

asio::awaitable<std::string> cluster_map::state::ask(node_address node) {
    const location where = at(node);
    auto told =
        co_await asking.ask(where, "CLUSTER SLOTS", command("CLUSTER", "SLOTS"), settings.ask_timeout);
    if (!told) co_return told.error();
    auto read = slot_table::from(*told, node.host);
    if (!read) co_return where.display() + ": " + read.error();
    table = std::move(*read);
    if (!settings.found) co_return std::string();
    for (const auto* nodes : {&table.nodes(), &table.replicas()})
        for (const node_address& each : *nodes)
            settings.found(at(each));
    co_return std::string();
}

cluster_map::cluster_map(const asio::any_io_executor& executor, net::resolver& resolver,
                         cluster_settings settings, const time_source& time)
    : state_(std::make_unique<state>(executor, resolver, std::move(settings), time)) {}

cluster_map::~cluster_map() = default;

asio::awaitable<expected<location, std::string>> cluster_map::locate(std::uint16_t slot, const bool* cut) {
    state& map = *state_;
    while (map.driver != nullptr && !*cut)
        co_await map.refreshed.wait();
    if (!*cut && map.refresh_due(slot)) co_await map.refresh(cut);
    if (const node_address* owner = map.table.owner(slot)) co_return map.at(*owner);
    const std::string reason = map.fault.empty() ? "no master serves it" : map.fault;
    co_return unexpected<std::string>("slot " + std::to_string(slot) + " of the Cluster: " + reason);
}

void cluster_map::cancel(const bool* cut) noexcept {
    if (state_->driver == cut) state_->asking.cancel();
    state_->refreshed.notify_all();
}

void cluster_map::note_moved(std::uint16_t slot, std::string_view error) {
    state_->stale = true;
    auto moved = parse_moved(error);
    if (!moved || moved->slot != slot) return;
    if (moved->node.host.empty()) {
        const node_address* teller = state_->table.owner(slot);
        if (teller == nullptr) return;
        moved->node.host = teller->host;
    }
    state_->table.set_owner(slot, moved->node);
    state_->hinted = std::move(moved->node);
}

void cluster_map::note_unreachable() noexcept {
    state_->stale = true;
}

std::vector<location> cluster_map::masters() const {
    std::vector<location> all;
    for (const node_address& each : state_->table.nodes())
        all.push_back(state_->at(each));
    return all;
}

std::uint64_t cluster_map::refreshes() const noexcept {
    return state_->refreshes;
}

namespace {

class slot_locator final : public locator {
 public:
    slot_locator(std::shared_ptr<cluster_map> map, std::uint16_t slot) : map_(std::move(map)), slot_(slot) {}

    asio::awaitable<expected<location, std::string>> locate() override {
        cut_ = false;
        return map_->locate(slot_, &cut_);
    }
    /// MOVED tells, and a master that the others gave up takes no writes.
    asio::awaitable<bool> still_there() override { co_return true; }
    [[nodiscard]] milliseconds recheck_every() const noexcept override { return milliseconds::zero(); }
    void cancel() noexcept override {
        cut_ = true;
        map_->cancel(&cut_);
    }
    void note_moved(std::string_view error) override { map_->note_moved(slot_, error); }
    void note_unreachable() override { map_->note_unreachable(); }
    /// A replica of a Cluster turns every command on a key away by itself, with MOVED.
    [[nodiscard]] bool wants_master() const noexcept override { return false; }
    [[nodiscard]] bool may_move() const noexcept override { return true; }

 private:
    const std::shared_ptr<cluster_map> map_;
    const std::uint16_t slot_;
    bool cut_ = false;
};

}  // namespace

std::unique_ptr<locator> make_slot_locator(std::shared_ptr<cluster_map> map, std::uint16_t slot) {
    return std::make_unique<slot_locator>(std::move(map), slot);
}

}  // namespace postrider::redis
