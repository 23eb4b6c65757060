#include "socket_name.h"

#include <postrider/base/clock.h>
#include <postrider/net/listener.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace postrider::net {
namespace {

namespace asio = boost::asio;

constexpr int backlog = 1024;
/// Connections accepted in one go before other work of the shard has its turn.
constexpr int most_at_once = 64;
/// Waited when descriptors or memory ran out: somebody must close one first.
constexpr milliseconds pause_length{100};

/// Shared with the handlers under way, which may run after the listener is gone.
struct accepting : std::enable_shared_from_this<accepting> {
    accepting(const asio::any_io_executor& executor, int descriptor)
        : socket(executor, descriptor), pause_timer(executor) {}

    asio::posix::stream_descriptor socket;
    asio::steady_timer pause_timer;
    listener::on_accept callback;
    listener::on_shortage shortage = [] {};
    bool closed = false;

    void wait() {
        socket.async_wait(asio::posix::descriptor_base::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                              if (!error && !self->closed) self->accept_some();
                          });
    }

    void wait_after_pause() {
        pause_timer.expires_after(pause_length);
        pause_timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error && !self->closed) self->accept_some();
        });
    }

    void accept_some() {
        for (int accepted = 0; accepted < most_at_once && !closed; ++accepted) {
            sockaddr_storage peer{};
            socklen_t size = sizeof(peer);
            const int descriptor = ::accept4(socket.native_handle(), reinterpret_cast<sockaddr*>(&peer),
                                             &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor >= 0) {
                callback(descriptor, address_of(peer));
                continue;
            }
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                shortage();
                return wait_after_pause();
            }
            if (errno == EAGAIN) break;
            // Any other error belongs to the one connection that was at the head of the queue.
        }
        if (!closed) wait();
    }

    void close() noexcept {
        if (std::exchange(closed, true)) return;
        boost::system::error_code ignored;
        socket.close(ignored);
        pause_timer.cancel();
        // The callback may be running right now and stays alive until the last handler is gone.
    }
};

class tcp_listener final : public listener {
 public:
    tcp_listener(std::shared_ptr<accepting> accepting, ip_address address, std::uint16_t port)
        : accepting_(std::move(accepting)), address_(address), port_(port) {}
    ~tcp_listener() override { accepting_->close(); }
    tcp_listener(const tcp_listener&) = delete;
    tcp_listener& operator=(const tcp_listener&) = delete;

    void start(on_accept callback, on_shortage shortage) override {
        accepting_->callback = std::move(callback);
        accepting_->shortage = std::move(shortage);
        accepting_->wait();
    }
    void close() noexcept override { accepting_->close(); }
    [[nodiscard]] ip_address address() const override { return address_; }
    [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
    std::shared_ptr<accepting> accepting_;
    ip_address address_;
    std::uint16_t port_;
};

/// Closes a descriptor that nobody took over.
class owned_descriptor {
 public:
    explicit owned_descriptor(int descriptor) noexcept : descriptor_(descriptor) {}
    ~owned_descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    owned_descriptor(const owned_descriptor&) = delete;
    owned_descriptor& operator=(const owned_descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return descriptor_; }
    int release() noexcept { return std::exchange(descriptor_, -1); }

 private:
    int descriptor_;
};

/// 0, or the errno of the step that failed.
int bind_and_listen(int descriptor, const ip_address& address, std::uint16_t port) {
    const int on = 1;
    const int off = 0;
    const socket_name name = to_socket_name(address, port);
    if (descriptor < 0) return errno;
    if (::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return errno;
    // "::" takes IPv4 as well, whatever the machine's default is.
    if (address.v6 && ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0)
        return errno;
    if (::bind(descriptor, name.get(), name.size) != 0) return errno;
    if (::listen(descriptor, backlog) != 0) return errno;
    return 0;
}

std::uint16_t bound_port(int descriptor) {
    sockaddr_storage name{};
    socklen_t size = sizeof(name);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size);
    return port_of(name);
}

}  // namespace

expected<std::unique_ptr<listener>, std::string> listener::open(const asio::any_io_executor& executor,
                                                                const std::string& host, std::uint16_t port) {
    const auto address = ip_address::parse(host == "localhost" ? "127.0.0.1" : host);
    if (!address) return unexpected<std::string>("cannot listen on " + host + ": not an IP address");
    owned_descriptor descriptor(
        ::socket(address->v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (const int failure = bind_and_listen(descriptor.get(), *address, port); failure != 0)
        return unexpected<std::string>("cannot listen on " + to_text(*address, port) + ": " +
                                       std::generic_category().message(failure));
    const std::uint16_t real_port = bound_port(descriptor.get());
    return std::make_unique<tcp_listener>(std::make_shared<accepting>(executor, descriptor.release()),
                                          *address, real_port);
}

}  // namespace postrider::net
