#include "daemon.h"

#include "open_files.h"
#include "state_directory.h"

#include <postrider/base/version.h>
#include <postrider/log/log.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

constexpr std::size_t bodies_of_all_shards = std::size_t{512} * 1024 * 1024;
constexpr std::chrono::seconds supervision_interval{1};

/// One thread serves thousands of deliveries a second; the receivers, Redis and the kernel need the other
/// cores.
std::size_t default_shards() {
    return std::max(1U, std::thread::hardware_concurrency() / 2);
}

std::string append_fsync(config::durability level) {
    switch (level) {
        case config::durability::memory:
            return "no";
        case config::durability::everysec:
            return "everysec";
        case config::durability::fsync:
        case config::durability::replicated:
            return "always";
    }
    return "always";
}

std::string state_directory(const serve_options& options) {
    return state_directory_of(options.state_directory);
}

void say_listening(const char* name, const net::listener& listener, bool tls) {
    const config::listen_address address{listener.address().to_string(), listener.port()};
    log::info("listening", {{"listener", name}, {"address", address.to_string()}, {"tls", tls}});
}

/// Endpoints that did not change keep their object, and with it their connections.
std::vector<endpoint_ptr> keep_unchanged(std::vector<endpoint_ptr> loaded, const live_settings_ptr& before) {
    if (!before) return loaded;
    for (auto& endpoint : loaded) {
        const auto known = before->subscriptions->find(endpoint->queue_name());
        if (known && *known == *endpoint) endpoint = known;
    }
    return loaded;
}

/// The queues of endpoints that were configured before and are not any more.
std::vector<std::string> gone_since(const subscription::snapshot& before, const subscription::snapshot& now) {
    std::vector<std::string> gone;
    for (const auto& endpoint : before.endpoints()) {
        auto name = endpoint->queue_name();
        if (!now.find(name)) gone.push_back(std::move(name));
    }
    return gone;
}

std::shared_ptr<const limit::request_rates> rates_of(const config::access_settings& access,
                                                     const limit::request_rates* before) {
    limit::request_rates::settings_by_name rates;
    for (const auto& token : access.tokens)
        if (token.rate_limit) rates.emplace(token.name, *token.rate_limit);
    return std::make_shared<const limit::request_rates>(rates, before);
}

}  // namespace

daemon::daemon(serve_options options, config::settings settings)
    : options_(std::move(options)),
      manager_(runtime::service_manager::of_environment()),
      standings_(std::make_shared<const standing_map>()),
      started_at_(system_time().wall_now()),
      loaded_at_(started_at_),
      requests_(make_requests()),
      keys_(settings.redis.prefix, settings.redis.partitions),
      backpressure_(settings.limits),
      dedup_window_(settings.limits.dedup_window) {
    live_ = make_live(std::move(settings));
    metrics_.note_loaded(loaded_at_);
}

daemon::~daemon() = default;

live_settings_ptr daemon::make_live(config::settings settings) const {
    auto live = std::make_shared<live_settings>();
    settings.endpoints = keep_unchanged(std::move(settings.endpoints), live_);
    auto endpoints = settings.endpoints;
    endpoints.insert(endpoints.end(), of_catalog_.begin(), of_catalog_.end());
    live->subscriptions = std::make_shared<subscription::snapshot>(std::move(endpoints), version_);
    live->standings = standings_of(*live->subscriptions);
    live->standings_version = standings_version_;
    live->cursor_key = cursor_key_;
    live->sealer = sealer_;
    live->tokens = std::make_shared<access::token_list>(settings.access.tokens);
    live->rates = rates_of(settings.access, live_ ? live_->rates.get() : nullptr);
    live->tls = tls_;
    live->egress = egress_of(settings);
    live->settings = std::move(settings);
    if (live_) live->gone = gone_since(*live_->subscriptions, *live->subscriptions);
    return live;
}

/// As the store has them, but for disablements that another url has ended.
standings_ptr daemon::standings_of(const subscription::snapshot& endpoints) const {
    auto now = std::make_shared<standing_map>();
    for (auto [name, one] : *standings_) {
        const auto endpoint = endpoints.find(name);
        if (endpoint && one.url_text != url_mark(endpoint->url_text))
            one.disabled = standing::disablement::none;
        if (one.holds() || one.challenged_at) now->emplace(name, one);
    }
    return now;
}

expected<store_source, std::string> daemon::open_store() {
    const auto& settings = live_->settings.redis;
    auto configured = configured_source(settings);
    if (!configured) return unexpected<std::string>(std::move(configured.error()));
    if (*configured) return std::move(**configured);
    const std::string directory = state_directory(options_);
    auto lock = redis::state_lock::take(directory, orphan_ends_within);
    if (!lock) return unexpected<std::string>(lock.error());
    lock_.emplace(std::move(*lock));
    redis::embedded_settings embedded;
    embedded.directory = directory;
    embedded.append_fsync = append_fsync(settings.level);
    embedded_.emplace(embedded, *lock_);
    if (auto started = embedded_->start(); !started) return unexpected<std::string>(started.error());
    store_source source;
    source.where = embedded_->where();
    return source;
}

void daemon::end_outdated_disablements() {
    for (const auto& [name, one] : *standings_) {
        const auto endpoint = live_->subscriptions->find(name);
        const bool is_disabled = one.disabled != standing::disablement::none;
        if (!is_disabled || !endpoint || one.url_text == url_mark(endpoint->url_text)) continue;
        shards_.front()->shard.post(
            [first = shards_.front().get(), endpoint] { first->note_moved(endpoint); });
    }
}

expected<void, std::string> daemon::open_listeners() {
    const auto& settings = live_->settings;
    auto ingest =
        net::listener::open(io_.get_executor(), settings.ingest.address.host, settings.ingest.address.port);
    if (!ingest) return unexpected<std::string>(ingest.error());
    auto admin =
        net::listener::open(io_.get_executor(), settings.admin.address.host, settings.admin.address.port);
    if (!admin) return unexpected<std::string>(admin.error());
    ingest_ = std::move(*ingest);
    admin_ = std::move(*admin);
    return {};
}

queue::member daemon::describe_self(std::size_t shards) const {
    system_random random;
    queue::member self;
    self.id = random_id(random);
    self.name = queue::process_name();
    self.shards = static_cast<std::uint32_t>(shards);
    self.config_hash = live_->settings.hash;
    self.sealing_key = sealing_key();
    self.started_at = started_at_;
    return self;
}

void daemon::make_shards() {
    const std::size_t count = options_.shards == 0 ? default_shards() : options_.shards;
    shard_stack::plan plan;
    plan.shards = count;
    plan.redis = source_;
    plan.exclusive = embedded_.has_value();
    plan.user_agent = std::string("Postrider/") + version();
    const receiver_share receivers = share_of(limit_of_open_files());
    plan.connections = std::max<std::size_t>(1, receivers.connections / count);
    plan.slots.in_flight = std::max<std::size_t>(1, receivers.sends / count);
    plan.slots.bytes = bodies_of_all_shards / count;
    plan.sealer = sealer_;
    plan.storm = &storm_;
    self_ = describe_self(count);
    plan.self = self_;
    std::vector<intake_router::peer> peers;
    for (plan.index = 0; plan.index < count; ++plan.index) {
        if (plan.redis.sentinel && plan.index > 0) plan.redis.sentinel->found = nullptr;
        shards_.push_back(std::make_unique<shard_stack>(plan, live_->settings, keys_, metrics_, requests_));
        peers.push_back({&shards_.back()->shard, &shards_.back()->store});
    }
    for (auto& stack : shards_) {
        stack->router.connect(peers);
        stack->apply(live_);
        stack->shard.post([at = stack.get()] { at->connect(); });
    }
}

int daemon::run() {
    auto source = open_store();
    if (!source) {
        log::error(source.error());
        return 1;
    }
    source_ = std::move(*source);
    watch_store_addresses();
    for (const auto& opened : {open_sealer(), open_listeners()}) {
        if (opened) continue;
        log::error(opened.error());
        return 1;
    }
    if (const auto made = renew_tls(live_->settings); !made) {
        log::error(made.error().to_string());
        return 2;
    }
    watch_interfaces();
    live_ = make_live(live_->settings);
    page_ = std::make_unique<metrics_page>(metrics_);
    set_doors();
    report_settings_warnings({});
    make_shards();
    start();
    io_.run();
    // Their timers belong to a shard.
    catalog_watch_.reset();
    store_watch_.reset();
    page_.reset();
    shards_.clear();
    if (embedded_) embedded_->stop(std::chrono::seconds(10));
    log::info("stopped");
    return exit_code_;
}

void daemon::start() {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
        signals_.add(number);
    await_signal();
    store_watch_ = make_store_watch();
    load_watch_ = make_load_watch();
    shards_.front()->shard.post(
        [watch = store_watch_, load = load_watch_, executor = shards_.front()->shard.executor()] {
            watch->start(executor);
            load->start(executor);
        });
    catalog_watch_ = make_catalog_watch();
    running_shards_ = shards_.size();
    for (auto& stack : shards_)
        stack->shard.start();
    // What is only kept must not keep a sender out.
    const auto make_room = [this] {
        for (auto& stack : shards_)
            stack->shard.post([at = stack.get()] { at->sender.make_room(); });
    };
    ingest_->start(
        [this](int descriptor, ip_address peer) {
            on_connection(descriptor, peer, ingest_door_, &shard_stack::ingest_server);
        },
        make_room);
    admin_->start(
        [this](int descriptor, ip_address peer) {
            on_connection(descriptor, peer, admin_door_, &shard_stack::admin_server);
        },
        make_room);
    say_listening("ingest", *ingest_, tls_.ingest != nullptr);
    say_listening("admin", *admin_, tls_.admin != nullptr);
    if (embedded_) supervise_store();
    watch_files();
}

/// Events are taken in and sent only once the store is fit and everything in the catalog is known: matching
/// with a part of the endpoints would lose events silently.
void daemon::begin_when_whole() {
    if (begun_ || stopping_ || !store_fault_.empty()) return;
    if (catalog_fault_.empty()) return begin();
    if (std::exchange(catalog_watched_, true)) return;
    shards_.front()->shard.post([watch = catalog_watch_] { watch->start(); });
}

void daemon::begin() {
    begun_ = true;
    for (auto& stack : shards_)
        stack->shard.post([at = stack.get()] { at->begin(); });
    log::info("ready", {{"endpoints", live_->subscriptions->endpoints().size()},
                        {"partitions", keys_.partitions()},
                        {"shards", shards_.size()},
                        {"redis", source_.display()}});
    manager_.ready(condition());
    begin_watchdog();
}

/// Twice in the time that the manager waits, as it advises.
void daemon::begin_watchdog() {
    if (manager_.watchdog() == std::chrono::microseconds{}) return;
    std::vector<runtime::shard*> shards;
    for (auto& stack : shards_)
        shards.push_back(&stack->shard);
    watchdog_ = std::make_shared<watchdog>(io_.get_executor(), std::move(shards), manager_.watchdog() / 2,
                                           [this] { manager_.alive(); });
    watchdog_->start();
}

void daemon::supervise_store() {
    if (!stopping_) embedded_->supervise();
    supervision_.expires_after(supervision_interval);
    supervision_.async_wait([this](const boost::system::error_code& cut) {
        if (!cut) supervise_store();
    });
}

}  // namespace postrider::daemon
