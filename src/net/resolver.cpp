#include "dns_channel.h"
#include "name_cache.h"

#include <postrider/net/resolver.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace postrider::net {
namespace {

namespace asio = boost::asio;

/// A name of the hosts file, and a server that forbids keeping its answers, are asked about this often.
constexpr milliseconds least_ttl{1000};
/// Names looked up at the same time; callers are bounded, so this is never met unless something is wrong.
constexpr std::size_t most_lookups = 4096;

std::string describe(int status) {
    switch (status) {
        case ARES_ENOTFOUND:
            return "no such name (NXDOMAIN)";
        case ARES_ENODATA:
            return "the name has no address";
        case ARES_ESERVFAIL:
        case ARES_EREFUSED:
        case ARES_ECONNREFUSED:
            // c-ares goes on to the next server after SERVFAIL or REFUSED, and forgets which it was.
            return "the name servers failed (SERVFAIL), refused, or are unreachable";
        case ARES_ETIMEOUT:
            return "no answer from the name servers";
        case ARES_EDESTRUCTION:
        case ARES_ECANCELLED:
            return "the look-up was ended";
        default:
            return ::ares_strerror(status);
    }
}

/// Whether the answer is one about the name, or about those who were asked.
resolve_error::cause cause_of(int status) noexcept {
    const bool of_name = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
    return of_name ? resolve_error::cause::no_address : resolve_error::cause::name_servers;
}

unexpected<resolve_error> failure_of(const std::string& name, resolve_error::cause cause,
                                     std::string_view why) {
    return unexpected<resolve_error>(resolve_error(cause, name + ": " + std::string(why)));
}

/// RFC 6761: such names are this machine, whatever files and servers say. c-ares knows that too, but leaks
/// memory over it where the hosts file has no ::1 (1.18).
bool is_localhost(std::string_view name) noexcept {
    return name == "localhost" || name.ends_with(".localhost");
}

addresses_or_reason loopback() {
    ip_address v4;
    v4.bytes = {127, 0, 0, 1};
    ip_address v6;
    v6.v6 = true;
    v6.bytes.back() = 1;
    return std::vector<ip_address>{v4, v6};
}

/// One name being looked up, for everybody who waits for it.
struct lookup {
    lookup(const asio::any_io_executor& executor, std::string which)
        : name(std::move(which)), ended(executor), patience(executor) {}

    std::string name;
    std::vector<ip_address> v4;
    std::vector<ip_address> v6;
    std::chrono::seconds ttl = std::chrono::seconds::max();
    int families_missing = 2;
    int failure = ARES_ENODATA;
    std::optional<addresses_or_reason> result;
    runtime::signal ended;
    asio::steady_timer patience;

    void take(dns_channel::answer answer) {
        --families_missing;
        if (answer.status != ARES_SUCCESS) {
            // "No address of this family" says less than any other failure.
            if (answer.status != ARES_ENODATA) failure = answer.status;
            return;
        }
        ttl = std::min(ttl, answer.ttl);
        for (const ip_address& address : answer.addresses)
            (address.v6 ? v6 : v4).push_back(address);
    }

    [[nodiscard]] bool has_addresses() const noexcept { return !v4.empty() || !v6.empty(); }

    /// The families take turns, so that a dead one costs one try. IPv4 begins: where both are given it is
    /// IPv6 that more often leads nowhere.
    [[nodiscard]] addresses_or_reason outcome() const {
        if (!has_addresses()) return failure_of(name, cause_of(failure), describe(failure));
        std::vector<ip_address> all;
        for (std::size_t i = 0; i < std::max(v4.size(), v6.size()); ++i) {
            if (i < v4.size()) all.push_back(v4[i]);
            if (i < v6.size()) all.push_back(v6[i]);
        }
        return all;
    }
};

class caching_resolver final : public resolver {
 public:
    caching_resolver(const asio::any_io_executor& executor, const resolver_settings& settings,
                     const time_source& time)
        : shared_(std::make_shared<shared>(executor, settings, time)),
          channel_(std::make_unique<dns_channel>(executor, settings)) {}

    ~caching_resolver() override {
        channel_.reset();  // ends what is pending
        for (const auto& [name, pending] : std::exchange(shared_->lookups, {}))
            shared_->end(pending);
    }
    caching_resolver(const caching_resolver&) = delete;
    caching_resolver& operator=(const caching_resolver&) = delete;

    [[nodiscard]] asio::awaitable<addresses_or_reason> resolve(std::string name) override {
        if (is_localhost(name)) co_return loopback();
        if (const auto* known = shared_->cache.find(name, shared_->time.monotonic_now())) co_return *known;
        const auto pending = look_up(name);
        if (!pending)
            co_return failure_of(name, resolve_error::cause::name_servers,
                                 "too many names are being looked up");
        while (!pending->result)
            co_await pending->ended.wait();
        co_return *pending->result;
    }

 private:
    /// Outlives the resolver as long as answers are under way.
    struct shared {
        shared(const asio::any_io_executor& on, resolver_settings given, const time_source& clock)
            : executor(on), settings(std::move(given)), time(clock), cache(settings.max_cached) {}

        asio::any_io_executor executor;
        resolver_settings settings;
        const time_source& time;
        name_cache cache;
        std::unordered_map<std::string, std::shared_ptr<lookup>> lookups;

        void end(const std::shared_ptr<lookup>& pending) {
            if (pending->result) return;
            pending->result = pending->outcome();
            pending->patience.cancel();
            cache.store(pending->name, *pending->result, time.monotonic_now() + time_to_keep(*pending));
            lookups.erase(pending->name);
            pending->ended.notify_all();
        }

        [[nodiscard]] milliseconds time_to_keep(const lookup& ended) const {
            if (!ended.has_addresses()) return settings.failure_ttl;
            if (ended.ttl >= settings.max_ttl) return settings.max_ttl;
            return std::max<milliseconds>(ended.ttl, std::min(least_ttl, settings.max_ttl));
        }
    };

    static void take(const std::shared_ptr<shared>& shared, const std::shared_ptr<lookup>& pending,
                     dns_channel::answer answer) {
        if (pending->result) return;
        pending->take(std::move(answer));
        if (pending->families_missing == 0) return shared->end(pending);
        if (!pending->has_addresses()) return;
        pending->patience.expires_after(shared->settings.other_family_wait);
        pending->patience.async_wait([shared, pending](const boost::system::error_code& error) {
            if (!error) shared->end(pending);
        });
    }

    std::shared_ptr<lookup> look_up(const std::string& name) {
        if (const auto found = shared_->lookups.find(name); found != shared_->lookups.end())
            return found->second;
        if (shared_->lookups.size() >= most_lookups) return nullptr;
        auto pending = std::make_shared<lookup>(shared_->executor, name);
        shared_->lookups.emplace(name, pending);
        for (const int family : {AF_INET, AF_INET6})
            channel_->ask(name, family, [shared = shared_, pending](dns_channel::answer answer) {
                take(shared, pending, std::move(answer));
            });
        return pending;
    }

    std::shared_ptr<shared> shared_;
    std::unique_ptr<dns_channel> channel_;
};

}  // namespace

std::unique_ptr<resolver> make_resolver(const asio::any_io_executor& executor,
                                        const resolver_settings& settings, const time_source& time) {
    return std::make_unique<caching_resolver>(executor, settings, time);
}

}  // namespace postrider::net
