#include "test_proxy.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace postrider::delivery {
namespace {

sockaddr_in loopback_name(std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(port);
    return name;
}

/// False: this direction ended.
bool pass_on(int from, int to) {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::recv(from, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    return ::send(to, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
}

}  // namespace

test_proxy::test_proxy(std::uint16_t to, script answer)
    : to_(to), answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto name = loopback_name(0);
    socklen_t size = sizeof(name);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
        ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size) != 0)
        throw std::runtime_error("cannot listen on loopback");
    port_ = ntohs(name.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

test_proxy::~test_proxy() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const int each : open_)
            ::shutdown(each, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_)
        thread.join();
    for (const int each : open_)
        ::close(each);
    ::close(listener_);
}

std::vector<std::string> test_proxy::asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
}

std::size_t test_proxy::connections() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
}

void test_proxy::accept_all() {
    while (true) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        const std::lock_guard lock(mutex_);
        open_.push_back(client);
        if (stopping_) ::shutdown(client, SHUT_RDWR);
        threads_.emplace_back([this, client, number = threads_.size()] { serve(client, number); });
    }
}

std::string test_proxy::read_head(int client) {
    std::string head;
    for (char byte = 0; !head.ends_with("\r\n\r\n") && ::recv(client, &byte, 1, 0) == 1;)
        head += byte;
    return head;
}

void test_proxy::serve(int client, std::size_t number) {
    const std::string head = read_head(client);
    {
        const std::lock_guard lock(mutex_);
        asked_.push_back(head);
    }
    const std::string answer = answer_ ? answer_(head, number) : established;
    ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (answer.empty()) {
        (void)pass_on(client, client);  // until the other side gives up
    } else if (to_ != 0 && answer.find(" 200 ") != std::string::npos) {
        relay(client);
    }
    ::shutdown(client, SHUT_RDWR);
}

void test_proxy::relay(int client) const {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto name = loopback_name(to_);
    bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0;
    while (open) {
        std::array<pollfd, 2> both{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
        open = ::poll(both.data(), both.size(), -1) > 0;
        if (open && both[0].revents != 0) open = pass_on(client, server);
        if (open && both[1].revents != 0) open = pass_on(server, client);
    }
    ::close(server);
}

}  // namespace postrider::delivery
