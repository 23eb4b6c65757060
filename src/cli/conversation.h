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

/// Connects, sends and reads the answer; blocks until then. The error is for people.
[[nodiscard]] expected<daemon_answer, std::string> converse(const conversation& conversation);

}  // namespace postrider::cli
