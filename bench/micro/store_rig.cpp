#include "store_rig.h"

#include <postrider/runtime/shard.h>

#include <ctime>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;
namespace {

constexpr std::size_t body_bytes = 1024;
constexpr std::uint64_t records_at_most = 1000;

std::string digits(std::uint64_t number) {
    std::string text = std::to_string(number);
    return text.insert(0, store_id_bytes - text.size(), '0');
}

history_entry entry_of(const delivery& delivery) {
    attempt_record record;
    record.event_id = delivery.event->id;
    record.event_type = delivery.event->type;
    record.begun_at = delivery.since;
    record.attempt = delivery.attempt;
    record.status = 204;
    record.duration = milliseconds(3);
    return {std::move(record), records_at_most};
}

}  // namespace

/// Sockets have no names.
class store_rig::no_names final : public net::resolver {
 public:
    asio::awaitable<net::addresses_or_reason> resolve(std::string /*name*/) override {
        co_return unexpected<net::resolve_error>(
            net::resolve_error(net::resolve_error::cause::no_address, "no names here"));
    }
};

store_rig::store_rig() : resolver_(std::make_unique<no_names>()) {
    for (std::uint32_t partition = 0; partition < names_.partitions(); ++partition)
        (void)server_.ask("HSET " + names_.owner(partition) + " token T");
    auto made = std::make_shared<endpoint>();
    made->id = "shop";
    endpoint_ = std::move(made);
    redis::client_settings settings;
    settings.where.kind = redis::location::transport::unix_socket;
    settings.where.path = server_.socket_path();
    client_ = std::make_unique<redis::client>(context_.get_executor(), *resolver_, std::move(settings),
                                              store::preamble(), system_time());
    client_->start();
    store_ = std::make_unique<store>(context_.get_executor(), *client_, names_, *this, *this, metrics_,
                                     system_time(), store::settings());
    run_until([this] { return client_->connected(); });
    store_->open_gate();
}

store_rig::~store_rig() {
    store_.reset();
    bool stopped = false;
    runtime::spawn(context_.get_executor(), "stop", client_->stop(), [&stopped] { stopped = true; });
    run_until([&stopped] { return stopped; });
    client_.reset();
}

void store_rig::take_in(std::int64_t count, way way, bool with_ids) {
    std::int64_t answered = 0;
    slots_ = way == way::straight ? count : 0;
    for (std::int64_t event = 0; event < count; ++event)
        store_->enqueue(make_event(with_ids), [&answered](const enqueue_answer& answer) {
            if (answer.status != enqueue_status::stored) throw std::runtime_error("an event was not stored");
            ++answered;
        });
    run_until([&answered, count] { return answered == count; });
    claim_until(static_cast<std::size_t>(count));
}

void store_rig::complete_all(bool remembered) {
    for (const delivery& delivery : take_all())
        store_->complete(delivery, remembered ? entry_of(delivery) : history_entry{});
    run_until([this] { return store_->held() == 0; });
}

void store_rig::retry_all() {
    const std::vector<delivery> failed = take_all();
    for (const delivery& delivery : failed)
        store_->retry_later(delivery, milliseconds(1), {});
    claim_until(failed.size());
}

double store_rig::server_seconds() const {
    std::ifstream file("/proc/" + std::to_string(server_.process_id()) + "/schedstat");
    double nanoseconds = 0;
    file >> nanoseconds;
    return nanoseconds / 1e9;
}

double store_rig::own_seconds() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void store_rig::collect_claims(std::vector<claim>& claims, std::size_t /*most*/) {
    if (wanted_ == 0) return;
    const std::string queue_name = endpoint_->queue_name();
    claims.push_back({names_.partition_of(queue_name), queue_name, std::exchange(wanted_, 0)});
}

void store_rig::on_claim_ended(const claim& /*ended*/, std::uint32_t /*granted*/, bool more) {
    waits_ = waits_ || more;
}

void store_rig::on_fenced(std::uint32_t /*partition*/) {
    throw std::runtime_error("the store was fenced");
}

new_event store_rig::make_event(bool with_id) {
    event made;
    made.tenant = "default";
    made.id = with_id ? "order-" + digits(++number_) + "-paid" : "evt_" + digits(++number_);
    made.type = "invoice.paid";
    made.accepted_at = system_time().wall_now();
    made.body.assign(body_bytes, 'x');
    new_event arrival;
    arrival.event = std::make_shared<const event>(std::move(made));
    if (with_id) arrival.content_hash.assign(16, 'h');
    arrival.endpoints.push_back(endpoint_);
    return arrival;
}

/// Claims what waits as soon as the store says so, until so many are in flight.
void store_rig::claim_until(std::size_t count) {
    run_until([this, count] {
        if (in_flight_.size() < count && std::exchange(waits_, false)) {
            wanted_ = static_cast<std::uint32_t>(count - in_flight_.size());
            store_->want_claims();
        }
        return in_flight_.size() == count;
    });
    waits_ = false;
}

void store_rig::run_until(const std::function<bool()>& so) {
    const auto limit = system_time().monotonic_now() + std::chrono::minutes(1);
    context_.restart();
    while (!so()) {
        if (system_time().monotonic_now() > limit) throw std::runtime_error("it never came to that");
        context_.run_one_for(milliseconds(100));
    }
}

std::vector<delivery> store_rig::take_all() {
    return std::exchange(in_flight_, {});
}

}  // namespace postrider::queue
