#pragma once

#include <postrider/base/secret.h>
#include <postrider/event/url.h>

namespace postrider {

/// An HTTP proxy that every delivery goes through, by CONNECT; the operator's choice.
struct forward_proxy {
    http_url at;         ///< `http`, without a path
    secret credentials;  ///< what Proxy-Authorization says, "Basic …"; empty: nothing
    /// Names go to the proxy as they are; otherwise it is given an address that was resolved and judged here.
    bool resolves_names = false;
    [[nodiscard]] bool operator==(const forward_proxy&) const = default;
};

}  // namespace postrider
