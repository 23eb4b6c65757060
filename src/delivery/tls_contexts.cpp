#include "tls_contexts.h"

#include <utility>

namespace postrider::delivery {

expected<std::shared_ptr<net::tls_context>, std::string> tls_contexts::get(const tls_settings& settings,
                                                                           monotonic_time now) {
    const key name(settings.ca_file, settings.client_cert_file, settings.client_key_file);
    if (const auto found = contexts_.find(name); found != contexts_.end()) {
        found->second.last_use = now;
        return found->second.context;
    }
    auto made = net::tls_context::make(settings);
    if (made) contexts_.emplace(name, entry{settings, *made, now});
    return made;
}

void tls_contexts::renew() {
    for (auto& [name, kept] : contexts_) {
        if (kept.settings == tls_settings())
            continue;  // the system's authorities are large and seldom change
        if (auto made = net::tls_context::make(kept.settings)) kept.context = std::move(*made);
    }
}

void tls_contexts::forget_unused(monotonic_time before) {
    std::erase_if(contexts_, [&](const auto& named) {
        return named.second.last_use <= before && named.second.context.use_count() == 1;
    });
}

}  // namespace postrider::delivery
