#pragma once

#include <postrider/base/expected.h>
#include <postrider/event/endpoint.h>

#include <memory>
#include <string>

namespace postrider::net {

/// The client side of TLS for one distinct setting: TLS 1.2 or newer, chain and host name verified, no switch
/// to turn that off; own authorities, client certificate; a bounded cache of sessions by server name and
/// port, so that a new connection resumes. One for each shard; not thread-safe. Held by the connections made
/// from it.
class tls_context {
 public:
    /// Reads the files; the error names the file and what is wrong with it.
    [[nodiscard]] static expected<std::shared_ptr<tls_context>, std::string> make(
        const tls_settings& settings);

    virtual ~tls_context() = default;
    /// The SSL_CTX, for the transport only.
    [[nodiscard]] virtual void* native() noexcept = 0;
    /// A remembered SSL_SESSION for the server, or null; the context keeps owning it.
    [[nodiscard]] virtual void* session_for(const std::string& server) noexcept = 0;
    /// Remembers sessions of a connection (an SSL*) under the server's name until it ends; once for each.
    virtual void remember_for(void* ssl, const std::string& server) = 0;
};

}  // namespace postrider::net
