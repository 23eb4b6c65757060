#include "daemon.h"

#include <postrider/log/log.h>
#include <postrider/net/interfaces.h>

#include <boost/asio/post.hpp>

#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

/// An address that the machine gets is kept from deliveries after this at the latest.
constexpr std::chrono::seconds interfaces_read_every{10};

guard::socket_address socket_address_of(const net::listener& listener) {
    guard::socket_address address;
    address.address = listener.address();
    address.port = listener.port();
    return address;
}

}  // namespace

delivery::egress_rules daemon::egress_of(const config::settings& settings) const {
    delivery::egress_rules rules;
    rules.allow_cidrs = settings.egress.allow_cidrs;
    for (const auto* listener : {ingest_.get(), admin_.get()})
        if (listener != nullptr) rules.own_listeners.push_back(socket_address_of(*listener));
    rules.own_addresses = interfaces_;
    rules.redis.assign(store_addresses_.all().begin(), store_addresses_.all().end());
    rules.proxy = settings.egress.proxy;
    return rules;
}

void daemon::watch_store_addresses() {
    for (const auto& where : source_.places())
        store_addresses_.add(where);
    const auto found = [this](const redis::location& where) {
        asio::post(io_, [this, where] {
            if (store_addresses_.add(where)) renew_egress();
        });
    };
    if (source_.sentinel) source_.sentinel->found = found;
    if (source_.cluster) source_.cluster->found = found;
    requests_.store_name_resolved = [this](std::string name, std::vector<ip_address> addresses) {
        asio::post(io_, [this, name = std::move(name), addresses = std::move(addresses)] {
            if (store_addresses_.add_resolved(name, addresses)) renew_egress();
        });
    };
}

void daemon::watch_interfaces() {
    if (read_interfaces() && begun_) renew_egress();
    interface_timer_.expires_after(interfaces_read_every);
    interface_timer_.async_wait([this](const boost::system::error_code& cut) {
        if (!cut && !stopping_) watch_interfaces();
    });
}

bool daemon::read_interfaces() {
    auto now = net::machine_addresses();
    if (!now && !std::exchange(interfaces_unknown_, true))
        log::warning(
            "the machine's addresses cannot be read: of a listener on all of them only loopback is kept from "
            "deliveries");
    if (!now || *now == interfaces_) return false;
    interfaces_ = std::move(*now);
    interfaces_unknown_ = false;
    return true;
}

void daemon::renew_egress() {
    if (stopping_ || std::exchange(egress_stale_, true)) return;
    asio::post(io_, [this] {
        egress_stale_ = false;
        if (stopping_) return;
        auto live = std::make_shared<live_settings>(*live_);
        live->egress = egress_of(live->settings);
        live_ = std::move(live);
        apply([] {});
    });
}

}  // namespace postrider::daemon
