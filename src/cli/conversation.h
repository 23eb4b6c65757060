#pragma once

#include "daemon_client.h"

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/event/address.h>
#include <postrider/event/url.h>
#include <postrider/net/tls_context.h>

#include <memory>
#include <string>
#include <vector>

namespace postrider::cli {

/// One request to one host.
struct conversation {
    http_url url;
    std::vector<ip_address> addresses;      ///< tried in turn
    std::shared_ptr<net::tls_context> tls;  ///< null for http
    std::string request;                    ///< the bytes
    milliseconds timeout{0};                ///< for all of it
};

/// Why there is no answer.
struct silence {
    bool sent = false;   ///< the request went out, at least in part: the other side may have acted on it
    std::string reason;  ///< for people
};

/// Connects, sends and reads the answer; blocks until then.
[[nodiscard]] expected<daemon_answer, silence> converse(const conversation& conversation);

}  // namespace postrider::cli
