#include "client.h"

#include "received_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace postrider::http {

namespace {

void require(bool good, const char* what) {
    if (!good) throw std::runtime_error(what);
}

}  // namespace

client::~client() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::pair<client, int> client::connect() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(::bind(listening, raw, size) == 0 && ::listen(listening, 1) == 0, "listen");
    require(::getsockname(listening, raw, &size) == 0, "getsockname");
    const int ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(::connect(ours, raw, size) == 0, "connect");
    const int theirs = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    require(theirs >= 0, "accept");
    ::close(listening);
    return {client(ours), theirs};
}

void client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            reset_ = true;  // no fault by itself: what the server answered is what counts
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void client::half_close() const {
    ::shutdown(descriptor_, SHUT_WR);
}

void client::reset() {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    ::close(std::exchange(descriptor_, -1));
}

bool client::read_some() {
    char bytes[16384];
    const auto size = ::recv(descriptor_, bytes, sizeof(bytes), 0);
    require(size >= 0 || errno == ECONNRESET, "recv");
    if (size < 0) reset_ = true;
    if (size <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(size));
    return true;
}

std::string client::read_until(std::string_view text) {
    return take_until(received_, text, [this] { return read_some(); });
}

std::string client::read_to_end() {
    return take_all(received_, [this] { return read_some(); });
}

bool client::is_closed() {
    return received_.empty() && !read_some();
}

void client::shrink_receive_buffer() const {
    const int size = 4096;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

}  // namespace postrider::http
