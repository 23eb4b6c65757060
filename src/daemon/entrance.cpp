#include "daemon.h"

#include <postrider/log/log.h>

#include <utility>

namespace postrider::daemon {
namespace {

/// Unchanged files keep their TLS.
template <typename Pointer>
void keep_if_same(Pointer& made, const Pointer& before, const config::listener_settings& now,
                  const config::listener_settings& then) {
    if (before && now.tls == then.tls) made = before;
}

void say_loaded(const char* name, const config::listener_settings& listener) {
    log::info("certificate loaded", {{"listener", name},
                                     {"file", listener.tls->cert_file},
                                     {"client_ca_file", listener.tls->client_ca_file}});
}

}  // namespace

expected<void, config::fault> daemon::renew_tls(const config::settings& settings) {
    auto made = make_listener_tls(settings);
    if (!made) return unexpected<config::fault>(std::move(made.error()));
    keep_if_same(made->ingest, tls_.ingest, settings.ingest, live_->settings.ingest);
    keep_if_same(made->admin, tls_.admin, settings.admin, live_->settings.admin);
    if (made->ingest && made->ingest != tls_.ingest) say_loaded("ingest", settings.ingest);
    if (made->admin && made->admin != tls_.admin) say_loaded("admin", settings.admin);
    tls_ = std::move(*made);
    return {};
}

void daemon::set_doors() {
    const auto& settings = live_->settings;
    ingest_door_.set_rules(settings.ingest, settings.limits);
    admin_door_.set_rules(settings.admin, settings.limits);
}

void daemon::report_settings_warnings(const std::vector<config::fault>& before) {
    if (live_->settings.warnings == before) return;
    for (const auto& warning : live_->settings.warnings)
        log::warning("configuration", {{"warning", warning.to_string()}});
}

void daemon::on_connection(int descriptor, ip_address peer, front_door& door,
                           http::server shard_stack::*server) {
    auto visitor = door.admit(descriptor, peer);
    if (!visitor) return;
    shard_stack& stack = *shards_[next_shard_++ % shards_.size()];
    stack.shard.post([&stack, descriptor, peer, server, visitor = std::move(visitor)] {
        (stack.*server).serve(descriptor, peer, visitor);
    });
}

}  // namespace postrider::daemon
