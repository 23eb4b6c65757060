#pragma once

#include "peer.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postrider::test {

/// "HTTP/1.1 200 OK" with a length and the body.
[[nodiscard]] std::string response_text(int status, std::string_view body = {},
                                        std::string_view headers = {});

/// A receiver on a loopback port of its own. Each connection is served by `script` on a thread of its own;
/// `number` counts connections from 0. Everything ends with the receiver.
class receiver {
 public:
    using script = std::function<void(peer& with, std::size_t number)>;

    explicit receiver(script script, std::optional<tls_server> tls = std::nullopt);
    ~receiver();
    receiver(const receiver&) = delete;
    receiver& operator=(const receiver&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// Connections accepted so far; exact once the client saw its connection answered.
    [[nodiscard]] std::size_t connections();
    /// Whether scripts of `count` connections have come to their end, waiting for it if need be. What they
    /// wrote elsewhere can be read then.
    [[nodiscard]] bool wait_for_ends(std::size_t count);
    /// Every request that `keep` was called with, in order.
    [[nodiscard]] std::vector<std::string> requests();
    void keep(std::string request);
    /// Whether `count` requests were kept, waiting for it if need be.
    [[nodiscard]] bool wait_for_requests(std::size_t count);

 private:
    void accept_all();
    void serve(int descriptor, std::size_t number);

    script script_;
    std::shared_ptr<SSL_CTX> context_;
    std::uint16_t port_ = 0;
    int listener_;  // behind `port_`, which it sets
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::size_t accepted_ = 0;
    std::size_t ended_ = 0;
    std::vector<std::string> requests_;
    std::list<peer*> live_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

/// A script that answers every request of a connection the same way, and keeps the requests.
[[nodiscard]] receiver::script answer_all(receiver*& self, std::string response);

/// A port of loopback on which nobody listens: bound, so that nobody else gets it, and refused.
class refused_port {
 public:
    refused_port();
    ~refused_port();
    refused_port(const refused_port&) = delete;
    refused_port& operator=(const refused_port&) = delete;
    [[nodiscard]] std::uint16_t get() const noexcept { return port_; }

 private:
    std::uint16_t port_ = 0;
    int descriptor_;  // behind `port_`, which it sets
};

}  // namespace postrider::test
