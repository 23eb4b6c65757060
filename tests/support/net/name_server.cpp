#include "name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace postrider::test {
namespace {

constexpr std::uint16_t type_a = 1;
constexpr std::size_t header_size = 12;

void put16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value & 0xff);
}

std::uint16_t get16(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                      static_cast<unsigned char>(bytes[at + 1]));
}

/// The one question of a query, and where it ends.
std::optional<std::pair<dns_question, std::size_t>> read_question(std::string_view query) {
    dns_question question;
    std::size_t at = header_size;
    while (at < query.size() && query[at] != 0) {
        const auto length = static_cast<std::size_t>(query[at]);
        if (at + 1 + length >= query.size()) return std::nullopt;
        question.name += (question.name.empty() ? "" : ".") + std::string(query.substr(at + 1, length));
        at += 1 + length;
    }
    if (at + 5 > query.size()) return std::nullopt;
    question.type = get16(query, at + 1);
    return std::pair(question, at + 5);
}

std::string reply(std::string_view query, std::size_t question_end, const dns_question& question,
                  const dns_answer& answer) {
    const bool none = answer.what != dns_answer::kind::addresses;
    std::string out(query.substr(0, 2));
    const int code = answer.what == dns_answer::kind::nxdomain ? 3 : (none ? 2 : 0);
    put16(out, static_cast<std::uint16_t>(0x8180 | code));
    put16(out, 1);
    put16(out, static_cast<std::uint16_t>(none ? 0 : answer.addresses.size()));
    put16(out, 0);
    put16(out, 0);
    out += query.substr(header_size, question_end - header_size);
    if (none) return out;
    for (const std::string& address : answer.addresses) {
        unsigned char bytes[16];
        ::inet_pton(question.type == type_a ? AF_INET : AF_INET6, address.c_str(), bytes);
        const std::uint16_t size = question.type == type_a ? 4 : 16;
        put16(out, 0xc00c);  // the question's name
        put16(out, question.type);
        put16(out, 1);
        put16(out, static_cast<std::uint16_t>(answer.ttl_seconds >> 16));
        put16(out, static_cast<std::uint16_t>(answer.ttl_seconds & 0xffff));
        put16(out, size);
        out.append(reinterpret_cast<const char*>(bytes), size);
    }
    return out;
}

}  // namespace

name_server::name_server(script script)
    : script_(std::move(script)), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size) != 0)
        throw std::runtime_error("cannot bind on loopback");
    port_ = ntohs(name.sin_port);
    thread_ = std::thread([this] { serve(); });
}

name_server::~name_server() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ::shutdown(socket_, SHUT_RDWR);  // wakes recvfrom, although the socket is not connected
    thread_.join();
    ::close(socket_);
}

std::string name_server::address() const {
    return "127.0.0.1:" + std::to_string(port_);
}

std::vector<std::string> name_server::questions() {
    const std::lock_guard lock(mutex_);
    return questions_;
}

bool name_server::wait_for_questions(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return questions_.size() >= count; });
}

void name_server::serve() {
    char bytes[1500];
    while (true) {
        sockaddr_in from{};
        socklen_t size = sizeof(from);
        const ssize_t got =
            ::recvfrom(socket_, bytes, sizeof(bytes), 0, reinterpret_cast<sockaddr*>(&from), &size);
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
        }
        if (got < static_cast<ssize_t>(header_size)) continue;
        const std::string_view query(bytes, static_cast<std::size_t>(got));
        const auto asked = read_question(query);
        if (!asked) continue;
        const auto& [question, end] = *asked;
        const dns_answer answer = script_(question);
        {
            const std::lock_guard lock(mutex_);
            questions_.push_back(question.name + (question.type == type_a ? " A" : " AAAA"));
            changed_.notify_all();
        }
        if (answer.what == dns_answer::kind::silence) continue;
        const std::string text = reply(query, end, question, answer);
        ::sendto(socket_, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
}

}  // namespace postrider::test
