#include "session.h"

#include <postrider/http/server.h>
#include <postrider/runtime/shard.h>

#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace postrider::http {

namespace {

bool is_v6_socket(int descriptor) noexcept {
    int domain = AF_INET;
    socklen_t size = sizeof(domain);
    ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    return domain == AF_INET6;
}

}  // namespace

void refuse_connection(int descriptor, std::string_view detail) noexcept {
    auto answer = problem(503, "too_many_connections", detail);
    answer.headers.emplace_back("Retry-After", "1");
    std::string bytes;
    append_response(bytes, answer, false);
    (void)::send(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(descriptor, SHUT_WR);
    ::close(descriptor);
}

struct server::impl : std::enable_shared_from_this<impl> {
    impl(const boost::asio::any_io_executor& on, handler& answers, server_limits bounds)
        : shared(on, answers, bounds) {}

    void serve(int descriptor, ip_address peer, std::shared_ptr<visitor> visitor) {
        if (shared.stopping) {
            ::close(descriptor);
            return;
        }
        auto one = make_session(descriptor, peer);
        auto& runs = *one;
        shared.sessions.insert(&runs);
        // The session lives as long as its coroutine does, also when the executor ends before the server.
        runtime::spawn(shared.executor, "http session",
                       run(shared_from_this(), std::move(one), std::move(visitor)));
    }

    std::unique_ptr<session> make_session(int descriptor, ip_address peer) {
        const bool v6 = is_v6_socket(descriptor);
        if (!tls)
            return std::make_unique<session>(shared, net::adopt_tcp(shared.executor, descriptor, v6),
                                             descriptor, peer);
        return std::make_unique<session>(shared, net::adopt_tls(shared.executor, descriptor, v6, tls),
                                         descriptor, peer);
    }

    static boost::asio::awaitable<void> run(std::shared_ptr<impl> self, std::unique_ptr<session> one,
                                            std::shared_ptr<visitor> visitor) {
        co_await one->run(visitor.get());
        self->shared.sessions.erase(one.get());
        one.reset();
        visitor.reset();
        self->shared.ended.notify_all();
    }

    void dismiss(const peer_check& may_stay) {
        for (auto* one : shared.sessions)
            if (!may_stay(one->peer())) one->leave();
    }

    void begin_stop() {
        shared.stopping = true;
        for (auto* one : shared.sessions)
            one->begin_stop();
    }

    static boost::asio::awaitable<void> stop(std::shared_ptr<impl> self, milliseconds longest) {
        self->begin_stop();
        const auto end = std::chrono::steady_clock::now() + longest;
        while (!self->shared.sessions.empty()) {
            const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
            if (left <= milliseconds(0)) break;
            (void)co_await self->shared.ended.wait_for(left);
        }
        for (auto* one : self->shared.sessions)
            one->cut();
        // A handler that is at work ends by its own bound; its session goes with it.
        while (!self->shared.sessions.empty())
            co_await self->shared.ended.wait();
    }

    sessions_of_server shared;
    std::shared_ptr<const net::server_tls> tls;
};

server::server(const boost::asio::any_io_executor& executor, handler& handler, server_limits limits)
    : impl_(std::make_shared<impl>(executor, handler, limits)) {}
server::~server() = default;

void server::serve(int descriptor, ip_address peer, std::shared_ptr<visitor> visitor) {
    impl_->serve(descriptor, peer, std::move(visitor));
}
void server::set_tls(std::shared_ptr<const net::server_tls> tls) {
    impl_->tls = std::move(tls);
}
void server::dismiss(const peer_check& may_stay) {
    impl_->dismiss(may_stay);
}
void server::begin_stop() {
    impl_->begin_stop();
}
boost::asio::awaitable<void> server::stop(milliseconds longest) {
    return impl::stop(impl_, longest);
}
std::size_t server::connections() const noexcept {
    return impl_->shared.sessions.size();
}
void server::set_limits(server_limits limits) {
    impl_->shared.limits = limits;
}

}  // namespace postrider::http
