#include "dns_channel.h"

#include "socket_name.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t most_addresses = 8;  // of one family

dns_channel::answer read_answer(int status, const ares_addrinfo* info) {
    dns_channel::answer answer;
    answer.status = status;
    if (status != ARES_SUCCESS || info == nullptr) return answer;
    answer.ttl = std::chrono::seconds::max();
    for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
        if (answer.addresses.size() == most_addresses) break;
        sockaddr_storage storage{};
        std::memcpy(&storage, node->ai_addr, std::min<std::size_t>(node->ai_addrlen, sizeof(storage)));
        // A mapped address stays one: whoever judges it must see what stands in the answer.
        answer.addresses.push_back(exact_address_of(storage));
        answer.ttl = std::min(answer.ttl, std::chrono::seconds(std::max(node->ai_ttl, 0)));
    }
    if (answer.addresses.empty()) answer.status = ARES_ENODATA;
    return answer;
}

void give_answer(void* done, int status, int, ares_addrinfo* info) {
    const std::unique_ptr<dns_channel::on_answer> owned(static_cast<dns_channel::on_answer*>(done));
    dns_channel::answer answer = read_answer(status, info);
    if (info != nullptr) ::ares_freeaddrinfo(info);
    (*owned)(std::move(answer));
}

}  // namespace

struct dns_channel::state : std::enable_shared_from_this<state> {
    /// One of c-ares' sockets. c-ares closes it; here it is only waited for, and let go before that.
    struct watch {
        watch(const asio::any_io_executor& executor) : socket(executor) {}
        asio::posix::stream_descriptor socket;
        bool wants_read = false;
        bool wants_write = false;
        bool waits_read = false;
        bool waits_write = false;
    };

    explicit state(const asio::any_io_executor& on) : executor(on), timer(on) {}

    asio::any_io_executor executor;
    asio::steady_timer timer;
    std::map<int, std::shared_ptr<watch>> watches;
    ares_channel channel = nullptr;

    static void on_socket_state(void* self, int descriptor, int readable, int writable) {
        static_cast<state*>(self)->change_watch(descriptor, readable != 0, writable != 0);
    }

    void change_watch(int descriptor, bool readable, bool writable) {
        auto& watched = watches[descriptor];
        if (!readable && !writable) {
            if (watched) watched->socket.release();
            watches.erase(descriptor);
            return;
        }
        if (!watched) {
            watched = std::make_shared<watch>(executor);
            error_code refused;  // the query then ends by its timeout
            watched->socket.assign(descriptor, refused);
        }
        watched->wants_read = readable;
        watched->wants_write = writable;
        wait(watched, descriptor);
    }

    void wait(const std::shared_ptr<watch>& watched, int descriptor) {
        if (!watched->socket.is_open()) return;
        if (watched->wants_read && !std::exchange(watched->waits_read, true))
            watched->socket.async_wait(
                asio::posix::descriptor_base::wait_read,
                [weak = weak_from_this(), watched, descriptor](const error_code& error) {
                    watched->waits_read = false;
                    if (const auto self = weak.lock(); self && !error)
                        self->process(watched, descriptor, ARES_SOCKET_BAD);
                });
        if (watched->wants_write && !std::exchange(watched->waits_write, true))
            watched->socket.async_wait(
                asio::posix::descriptor_base::wait_write,
                [weak = weak_from_this(), watched, descriptor](const error_code& error) {
                    watched->waits_write = false;
                    if (const auto self = weak.lock(); self && !error)
                        self->process(watched, ARES_SOCKET_BAD, descriptor);
                });
    }

    void process(const std::shared_ptr<watch>& watched, int readable, int writable) {
        // A handler that was queued before c-ares closed the socket must not name its number any more.
        if (!watched->socket.is_open()) return;
        ::ares_process_fd(channel, readable, writable);
        wait(watched, readable == ARES_SOCKET_BAD ? writable : readable);
        schedule();
    }

    void schedule() {
        timeval most{};
        if (::ares_timeout(channel, nullptr, &most) == nullptr) {
            timer.cancel();
            return;
        }
        timer.expires_after(std::chrono::seconds(most.tv_sec) + std::chrono::microseconds(most.tv_usec));
        timer.async_wait([weak = weak_from_this()](const error_code& error) {
            const auto self = weak.lock();
            if (!self || error) return;
            ::ares_process_fd(self->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->schedule();
        });
    }

    bool open(const resolver_settings& settings) {
        static const int library = ::ares_library_init(ARES_LIB_INIT_ALL);
        ares_options options{};
        // Names are absolute: no search domains, no HOSTALIASES. First the hosts file, then DNS.
        options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
        options.ndomains = 0;
        options.timeout = static_cast<int>(settings.query_timeout.count());
        options.tries = settings.tries;
        char lookups[] = "fb";
        options.lookups = lookups;
        options.sock_state_cb = on_socket_state;
        options.sock_state_cb_data = this;
        const int given = ARES_OPT_FLAGS | ARES_OPT_DOMAINS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                          ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
        if (library != ARES_SUCCESS || ::ares_init_options(&channel, &options, given) != ARES_SUCCESS) {
            channel = nullptr;
            return false;
        }
        return use_servers(settings.servers);
    }

    bool use_servers(const std::vector<std::string>& servers) {
        std::string list;
        for (const std::string& server : servers)
            list += (list.empty() ? "" : ",") + server;
        return list.empty() || ::ares_set_servers_ports_csv(channel, list.c_str()) == ARES_SUCCESS;
    }

    void close() {
        timer.cancel();
        if (channel != nullptr) ::ares_destroy(std::exchange(channel, nullptr));
        for (const auto& [descriptor, watched] : watches)
            watched->socket.release();
        watches.clear();
    }
};

dns_channel::dns_channel(const asio::any_io_executor& executor, const resolver_settings& settings)
    : state_(std::make_shared<state>(executor)) {
    if (!state_->open(settings)) state_->close();
}

dns_channel::~dns_channel() {
    state_->close();
}

void dns_channel::ask(const std::string& name, int family, on_answer done) {
    if (state_->channel == nullptr) {
        answer none;
        none.status = ARES_ENOTINITIALIZED;
        return done(std::move(none));
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;
    auto owned = std::make_unique<on_answer>(std::move(done));
    ::ares_getaddrinfo(state_->channel, name.c_str(), nullptr, &hints, give_answer, owned.release());
    state_->schedule();
}

}  // namespace postrider::net
