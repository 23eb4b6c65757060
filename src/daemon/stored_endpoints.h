#pragma once

#include <postrider/base/expected.h>
#include <postrider/catalog/store.h>
#include <postrider/event/endpoint.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace postrider::daemon {

/// The endpoints that were made by the API, as settings. Those whose entry did not change keep their object,
/// and with it their connections. Lives on the main thread.
class stored_endpoints {
 public:
    /// All of them, or the reason why one makes no sense: matching with some left out would lose their
    /// events. One whose URL the rules of today refuse is kept and disabled, so that its events are held.
    [[nodiscard]] expected<std::vector<endpoint_ptr>, std::string> read(
        const std::vector<catalog::entry>& entries, const std::vector<std::uint16_t>& allow_ports);

 private:
    struct known {
        catalog::entry entry;
        std::vector<std::uint16_t> allow_ports;
        endpoint_ptr endpoint;
    };
    std::map<std::string, known> known_;
};

}  // namespace postrider::daemon
