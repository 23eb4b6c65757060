#include "daemon.h"

#include <postrider/base/version.h>
#include <postrider/log/log.h>

#include <boost/asio/post.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

constexpr std::size_t sends_of_all_shards = 4096;
constexpr std::size_t bodies_of_all_shards = std::size_t{512} * 1024 * 1024;
/// Descriptors that sends may not have: clients of the API, Redis, files.
constexpr std::size_t descriptors_kept_back = 2048;
constexpr std::chrono::seconds supervision_interval{1};
/// The redis-server of a daemon that was killed finishes its writes first.
constexpr milliseconds orphan_ends_within{10000};

std::size_t sends_at_most() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 256;
    const auto usable = static_cast<std::size_t>(files.rlim_cur);
    return std::clamp<std::size_t>(
        usable > descriptors_kept_back ? usable - descriptors_kept_back : usable / 2, 16,
        sends_of_all_shards);
}

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
            return "always";
    }
    return "always";
}

std::string state_directory(const serve_options& options) {
    if (!options.state_directory.empty()) return options.state_directory;
    const char* const of_systemd = std::getenv("STATE_DIRECTORY");
    return of_systemd != nullptr && *of_systemd != '\0' ? of_systemd : "postrider-state";
}

guard::socket_address socket_address_of(const net::listener& listener) {
    guard::socket_address address;
    address.address = listener.address();
    address.port = listener.port();
    return address;
}

void say_listening(const char* name, const net::listener& listener) {
    const config::listen_address address{listener.address().to_string(), listener.port()};
    log::info("listening", {{"listener", name}, {"address", address.to_string()}});
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

}  // namespace

daemon::daemon(serve_options options, config::settings settings)
    : options_(std::move(options)), keys_(settings.redis.prefix, settings.redis.partitions) {
    live_ = make_live(std::move(settings));
}

daemon::~daemon() = default;

delivery::egress_rules daemon::egress_of(const config::settings& settings) const {
    delivery::egress_rules rules;
    rules.allow_cidrs = settings.egress.allow_cidrs;
    if (ingest_) rules.own_listeners.push_back(socket_address_of(*ingest_));
    if (admin_) rules.own_listeners.push_back(socket_address_of(*admin_));
    if (location_.kind != redis::location::transport::unix_socket) {
        if (const auto literal = ip_address::parse(location_.host))
            rules.redis.push_back({*literal, location_.port});
    }
    return rules;
}

live_settings_ptr daemon::make_live(config::settings settings) const {
    auto live = std::make_shared<live_settings>();
    settings.endpoints = keep_unchanged(std::move(settings.endpoints), live_);
    live->subscriptions = std::make_shared<subscription::snapshot>(settings.endpoints, version_);
    live->tokens = std::make_shared<access::token_list>(settings.access.tokens);
    live->egress = egress_of(settings);
    live->settings = std::move(settings);
    return live;
}

expected<redis::location, std::string> daemon::open_store() {
    const auto& settings = live_->settings.redis;
    if (settings.url) return redis::parse_url(settings.url->reveal());
    const std::string directory = state_directory(options_);
    auto lock = redis::state_lock::take(directory, orphan_ends_within);
    if (!lock) return unexpected<std::string>(lock.error());
    lock_.emplace(std::move(*lock));
    redis::embedded_settings embedded;
    embedded.directory = directory;
    embedded.append_fsync = append_fsync(settings.level);
    embedded_.emplace(embedded, *lock_);
    if (auto started = embedded_->start(); !started) return unexpected<std::string>(started.error());
    return embedded_->where();
}

expected<void, std::string> daemon::open_listeners() {
    const auto& settings = live_->settings;
    auto ingest = net::listener::open(io_.get_executor(), settings.ingest.host, settings.ingest.port);
    if (!ingest) return unexpected<std::string>(ingest.error());
    auto admin = net::listener::open(io_.get_executor(), settings.admin.host, settings.admin.port);
    if (!admin) return unexpected<std::string>(admin.error());
    ingest_ = std::move(*ingest);
    admin_ = std::move(*admin);
    return {};
}

void daemon::make_shards(const redis::location& location) {
    const std::size_t count = options_.shards == 0 ? default_shards() : options_.shards;
    const auto wake = [this](std::uint32_t partition, std::string queue_name) {
        shard_stack& owner = *shards_[partition % shards_.size()];
        owner.shard.post([&owner, partition, name = std::move(queue_name)] {
            owner.dispatcher.on_ready(partition, name);
        });
    };
    const auto request_reload = [this](shard_operations::answer answer) {
        asio::post(io_, [this, answer = std::move(answer)] { reload_and("request", answer); });
    };
    shard_stack::plan plan;
    plan.shards = count;
    plan.redis = location;
    plan.exclusive = embedded_.has_value();
    plan.user_agent = std::string("Postrider/") + version();
    plan.slots.in_flight = std::max<std::size_t>(1, sends_at_most() / count);
    plan.slots.bytes = bodies_of_all_shards / count;
    std::vector<intake_router::peer> peers;
    for (plan.index = 0; plan.index < count; ++plan.index) {
        shards_.push_back(
            std::make_unique<shard_stack>(plan, live_->settings, keys_, metrics_, request_reload, wake));
        peers.push_back({&shards_.back()->shard, &shards_.back()->store});
    }
    for (auto& stack : shards_) {
        stack->router.connect(peers);
        stack->apply(live_);
        stack->shard.post([at = stack.get()] { at->redis.start(); });
    }
}

int daemon::run() {
    auto location = open_store();
    if (!location) {
        log::error(location.error());
        return 1;
    }
    location_ = *location;
    if (auto opened = open_listeners(); !opened) {
        log::error(opened.error());
        return 1;
    }
    live_ = make_live(live_->settings);
    make_shards(location_);
    start();
    io_.run();
    shards_.clear();
    if (embedded_) embedded_->stop(std::chrono::seconds(10));
    log::info("stopped");
    return exit_code_;
}

void daemon::start() {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
        signals_.add(number);
    await_signal();
    store_watch_ = std::make_shared<store_watch>(
        shards_.front()->redis, keys_, live_->settings.redis, [this](store_watch::verdict verdict) {
            asio::post(io_, [this, verdict = std::move(verdict)] { on_store(verdict); });
        });
    shards_.front()->shard.post(
        [watch = store_watch_, executor = shards_.front()->shard.executor()] { watch->start(executor); });
    running_shards_ = shards_.size();
    for (auto& stack : shards_)
        stack->shard.start();
    ingest_->start([this](int descriptor, ip_address peer) {
        on_connection(descriptor, peer, &shard_stack::ingest_server);
    });
    admin_->start([this](int descriptor, ip_address peer) {
        on_connection(descriptor, peer, &shard_stack::admin_server);
    });
    say_listening("ingest", *ingest_);
    say_listening("admin", *admin_);
    if (embedded_) supervise_store();
    watch_files();
}

void daemon::on_connection(int descriptor, ip_address peer, http::server shard_stack::*server) {
    shard_stack& stack = *shards_[next_shard_++ % shards_.size()];
    stack.shard.post([&stack, descriptor, peer, server] { (stack.*server).serve(descriptor, peer); });
}

void daemon::on_store(const store_watch::verdict& verdict) {
    using standing = store_watch::standing;
    if (stopping_) return;
    set_fault(verdict.fault);
    if (verdict.what == standing::good) {
        if (!begun_) begin();
        return;
    }
    const bool refuse = verdict.what == standing::foreign || (verdict.what == standing::unfit && !begun_);
    log::write(refuse ? log::level::error : log::level::warning, "the store cannot be used",
               {{"redis", location_.display()}, {"error", verdict.fault}});
    if (!refuse) return;
    exit_code_ = 1;
    stop();
}

void daemon::set_fault(const std::string& fault) {
    fault_ = fault;
    for (auto& stack : shards_) {
        stack->shard.post([at = stack.get(), fault, begun = begun_] {
            at->operations.set_fault(fault);
            if (begun) at->open_intake(fault.empty());
        });
    }
}

void daemon::begin() {
    begun_ = true;
    for (auto& stack : shards_)
        stack->shard.post([at = stack.get()] { at->begin(); });
    log::info("ready", {{"endpoints", live_->subscriptions->endpoints().size()},
                        {"partitions", keys_.partitions()},
                        {"shards", shards_.size()},
                        {"redis", location_.display()}});
}

void daemon::supervise_store() {
    if (!stopping_) embedded_->supervise();
    supervision_.expires_after(supervision_interval);
    supervision_.async_wait([this](const boost::system::error_code& cut) {
        if (!cut) supervise_store();
    });
}

}  // namespace postrider::daemon
