#include "receiver.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace postrider::test {
namespace {

constexpr std::chrono::seconds longest_wait{20};  // a test that gets here has failed

int bound_socket(std::uint16_t& port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size) != 0)
        throw std::runtime_error("cannot bind on loopback");
    port = ntohs(name.sin_port);
    return descriptor;
}

}  // namespace

std::string response_text(int status, std::string_view body, std::string_view headers) {
    return "HTTP/1.1 " + std::to_string(status) + " Text\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

receiver::receiver(script script, std::optional<tls_server> tls)
    : script_(std::move(script)),
      context_(tls ? tls->make_context() : nullptr),
      listener_(bound_socket(port_)) {
    std::signal(SIGPIPE, SIG_IGN);  // a script may write to a client that has gone
    if (::listen(listener_, 128) != 0) throw std::runtime_error("cannot listen on loopback");
    acceptor_ = std::thread([this] { accept_all(); });
}

receiver::~receiver() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (peer* with : live_)
            with->interrupt();
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_)
        thread.join();
    ::close(listener_);
}

void receiver::accept_all() {
    while (true) {
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) return;
        const std::lock_guard lock(mutex_);
        threads_.emplace_back([this, descriptor, number = accepted_++] { serve(descriptor, number); });
        changed_.notify_all();
    }
}

void receiver::serve(int descriptor, std::size_t number) {
    peer with(descriptor, context_);
    std::list<peer*>::iterator registered;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) with.interrupt();
        registered = live_.insert(live_.end(), &with);
    }
    if (with.handshake()) script_(with, number);
    with.close();
    const std::lock_guard lock(mutex_);
    live_.erase(registered);
    ++ended_;
    changed_.notify_all();
}

std::size_t receiver::connections() {
    const std::lock_guard lock(mutex_);
    return accepted_;
}

bool receiver::wait_for_ends(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, longest_wait, [&] { return ended_ >= count; });
}

std::vector<std::string> receiver::requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void receiver::keep(std::string request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    changed_.notify_all();
}

bool receiver::wait_for_requests(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, longest_wait, [&] { return requests_.size() >= count; });
}

receiver::script answer_all(receiver*& self, std::string response) {
    return [&self, response = std::move(response)](peer& with, std::size_t) {
        while (auto request = with.read_request()) {
            self->keep(std::move(*request));
            if (!with.send(response)) return;
        }
    };
}

refused_port::refused_port() : descriptor_(bound_socket(port_)) {}

refused_port::~refused_port() {
    ::close(descriptor_);
}

}  // namespace postrider::test
