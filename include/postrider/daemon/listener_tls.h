#pragma once

#include <postrider/base/expected.h>
#include <postrider/config/config.h>
#include <postrider/net/server_tls.h>

#include <memory>

namespace postrider::daemon {

/// The TLS of both listeners; null: plain.
struct listener_tls {
    std::shared_ptr<const net::server_tls> ingest;
    std::shared_ptr<const net::server_tls> admin;
};

/// TLS as the settings say. What reading them could not see, such as a key that is too weak, is a fault of
/// the certificate's file. Pure but for the clock.
[[nodiscard]] expected<listener_tls, config::fault> make_listener_tls(const config::settings& settings);

}  // namespace postrider::daemon
