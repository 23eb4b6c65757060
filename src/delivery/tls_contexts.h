#pragma once

#include <postrider/base/clock.h>
#include <postrider/event/endpoint.h>
#include <postrider/net/tls_context.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace postrider::delivery {

/// One TLS context for each distinct setting, shared by the endpoints that have it. Not thread-safe.
class tls_contexts {
 public:
    /// The context of a setting, made at its first use. A failure is not remembered: the files may be put
    /// right meanwhile.
    [[nodiscard]] expected<std::shared_ptr<net::tls_context>, std::string> get(const tls_settings& settings,
                                                                               monotonic_time now);
    /// Reads the files anew, as after a reload: certificates are renewed under the same name. Where that
    /// fails the context stays as it is.
    void renew();
    /// Forgets the contexts that nobody asked for since `before` and that no connection holds.
    void forget_unused(monotonic_time before);
    [[nodiscard]] std::size_t size() const noexcept { return contexts_.size(); }

 private:
    using key = std::tuple<std::string, std::string, std::string>;
    struct entry {
        tls_settings settings;
        std::shared_ptr<net::tls_context> context;
        monotonic_time last_use;
    };
    std::map<key, entry> contexts_;
};

}  // namespace postrider::delivery
