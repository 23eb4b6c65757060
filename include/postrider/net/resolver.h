#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/event/address.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::net {

/// Why a name led to no address.
struct resolve_error {
    enum class cause : std::uint8_t {
        /// The name servers say so: the name does not exist, or has no address, or is none.
        no_address,
        /// They failed, refused or are silent, or the look-up was ended: it says nothing about the name.
        name_servers,
    };
    resolve_error(cause why, std::string text) : what(why), detail(std::move(text)) {}
    cause what;
    std::string detail;  ///< for people
};

using addresses_or_reason = expected<std::vector<ip_address>, resolve_error>;

/// Names to addresses. One for each shard; not thread-safe.
class resolver {
 public:
    virtual ~resolver() = default;
    /// All addresses of an absolute name (no search domains), A and AAAA, or why there is none. Address
    /// literals are not names: the caller parses them. The hosts file is asked first, so that its names and
    /// those of a container network work; localhost is loopback. Whoever dials judges the addresses. Ends
    /// within the resolver's own deadline.
    [[nodiscard]] virtual boost::asio::awaitable<addresses_or_reason> resolve(std::string name) = 0;
};

struct resolver_settings {
    std::vector<std::string> servers;  ///< "address:port"; empty: /etc/resolv.conf
    milliseconds query_timeout{2000};  ///< for one try at one server
    int tries = 2;
    /// How long addresses of one family wait for those of the other: servers exist that never answer AAAA.
    milliseconds other_family_wait{200};
    std::size_t max_cached = 10000;
    milliseconds max_ttl{300000};    ///< longer TTLs are cut to this
    milliseconds failure_ttl{1000};  ///< how long a failure is remembered
};

/// c-ares on the executor, with a cache bounded by TTL and size; simultaneous questions for one name share
/// one query. Destroying it ends what is pending with an error.
[[nodiscard]] std::unique_ptr<resolver> make_resolver(const boost::asio::any_io_executor& executor,
                                                      const resolver_settings& settings,
                                                      const time_source& time);

}  // namespace postrider::net
