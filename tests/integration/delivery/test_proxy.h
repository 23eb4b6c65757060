#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postrider::delivery {

/// A proxy on a loopback port of its own that says what a test wants to each CONNECT. Wherever it is asked to
/// go, it goes to one port of loopback: so public addresses can be asked for.
class test_proxy {
 public:
    /// What it answers to the request's header block, number by number; nothing: silence.
    using script = std::function<std::string(const std::string& head, std::size_t number)>;
    static constexpr const char* established = "HTTP/1.1 200 Connection established\r\n\r\n";

    /// `to`: 0 closes the connection behind the answer. What is not answered with a 200 is not relayed
    /// either.
    explicit test_proxy(std::uint16_t to, script answer = {});
    ~test_proxy();
    test_proxy(const test_proxy&) = delete;
    test_proxy& operator=(const test_proxy&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// The header blocks that came, in order.
    [[nodiscard]] std::vector<std::string> asked();
    [[nodiscard]] std::size_t connections();

 private:
    void accept_all();
    void serve(int client, std::size_t number);
    static std::string read_head(int client);
    void relay(int client) const;

    std::uint16_t to_;
    script answer_;
    std::uint16_t port_ = 0;
    int listener_;
    std::mutex mutex_;
    bool stopping_ = false;
    std::vector<std::string> asked_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace postrider::delivery
