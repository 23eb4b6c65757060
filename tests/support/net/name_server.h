#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace postrider::test {

/// A question to the name server, and what it answers.
struct dns_question {
    std::string name;
    std::uint16_t type = 0;  ///< 1: A, 28: AAAA
};
struct dns_answer {
    enum class kind : std::uint8_t { addresses, nxdomain, servfail, silence };
    kind what = kind::addresses;
    std::vector<std::string> addresses;  ///< of the type asked for; empty: no data
    std::uint32_t ttl_seconds = 60;
};

/// A name server on a loopback UDP port of its own, on a thread of its own.
class name_server {
 public:
    using script = std::function<dns_answer(const dns_question&)>;
    explicit name_server(script script);
    ~name_server();
    name_server(const name_server&) = delete;
    name_server& operator=(const name_server&) = delete;

    [[nodiscard]] std::string address() const;  ///< "127.0.0.1:port"
    /// Every question so far, in order, as "name A" or "name AAAA".
    [[nodiscard]] std::vector<std::string> questions();
    [[nodiscard]] bool wait_for_questions(std::size_t count);

 private:
    void serve();

    script script_;
    int socket_;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::vector<std::string> questions_;
    std::thread thread_;
};

}  // namespace postrider::test
