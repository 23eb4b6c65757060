#include <postrider/runtime/service_manager.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace postrider::runtime {
namespace {

constexpr std::size_t longest_status = 1024;

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view{} : value;
}

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number <= 0) return std::nullopt;
    return number;
}

/// The variables pass from parent to child: they may be meant for another process than this one.
std::chrono::microseconds watchdog_of_environment() {
    const auto whom = variable("WATCHDOG_PID");
    if (!whom.empty() && number_of(whom) != ::getpid()) return {};
    return std::chrono::microseconds(number_of(variable("WATCHDOG_USEC")).value_or(0));
}

/// A line break would begin another assignment of the protocol.
std::string status_line(std::string_view text) {
    std::string line("STATUS=");
    line += text.substr(0, longest_status);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line;
}

}  // namespace

service_manager service_manager::of_environment() {
    return {variable("NOTIFY_SOCKET"), watchdog_of_environment()};
}

service_manager::service_manager(std::string_view address, std::chrono::microseconds watchdog)
    : address_(address), watchdog_(watchdog) {
    const bool known = address.starts_with('/') || address.starts_with('@');
    if (!known || address.size() < 2 || address.size() >= sizeof(sockaddr_un::sun_path)) return;
    if (address_.front() == '@') address_.front() = '\0';
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

service_manager::~service_manager() {
    if (socket_ >= 0) ::close(socket_);
}

std::chrono::microseconds service_manager::watchdog() const noexcept {
    return socket_ < 0 ? std::chrono::microseconds{} : watchdog_;
}

void service_manager::ready(std::string_view status) const {
    send("READY=1\n" + status_line(status));
}

void service_manager::reloading() const {
    // The time is what systemd 253 and later tells one reload from the next by; 252 ignores it.
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto monotonic = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic));
}

void service_manager::stopping() const {
    send("STOPPING=1\n" + status_line("stopping"));
}

void service_manager::status(std::string_view text) const {
    send(status_line(text));
}

void service_manager::alive() const {
    send("WATCHDOG=1");
}

void service_manager::send(const std::string& state) const {
    if (socket_ < 0) return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(static_cast<void*>(to.sun_path), address_.data(), address_.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    (void)::sendto(socket_, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                   reinterpret_cast<const sockaddr*>(&to), length);
}

}  // namespace postrider::runtime
