#include <postrider/daemon/listener_tls.h>

#include <utility>

namespace postrider::daemon {
namespace {

expected<std::shared_ptr<const net::server_tls>, config::fault> make_one(
    const config::listener_settings& listener) {
    if (!listener.tls) return nullptr;
    net::server_identity identity;
    identity.certificates = listener.tls->certificates;
    identity.key = listener.tls->key;
    identity.client_authorities = listener.tls->client_authorities;
    auto made = net::server_tls::make(identity);
    if (made) return std::move(*made);
    config::fault fault;
    fault.file = listener.tls->cert_file;
    fault.message = "TLS cannot be served with it: " + made.error();
    return unexpected<config::fault>(std::move(fault));
}

}  // namespace

expected<listener_tls, config::fault> make_listener_tls(const config::settings& settings) {
    auto ingest = make_one(settings.ingest);
    if (!ingest) return unexpected<config::fault>(std::move(ingest.error()));
    auto admin = make_one(settings.admin);
    if (!admin) return unexpected<config::fault>(std::move(admin.error()));
    return listener_tls{std::move(*ingest), std::move(*admin)};
}

}  // namespace postrider::daemon
