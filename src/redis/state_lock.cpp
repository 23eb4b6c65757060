#include <postrider/redis/embedded_server.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace postrider::redis {
namespace {

using fault = unexpected<std::string>;

constexpr milliseconds between_tries{10};

std::string reason_of(int code) {
    return std::generic_category().message(code);
}

/// The process that took the lock, as it wrote into the file.
std::optional<pid_t> holder_of(int descriptor) {
    std::array<char, 24> room{};
    const ssize_t length = pread(descriptor, room.data(), room.size(), 0);
    pid_t holder = 0;
    if (length <= 0 || std::from_chars(room.data(), room.data() + length, holder).ec != std::errc{})
        return std::nullopt;
    return holder;
}

bool lives(pid_t process) {
    return kill(process, 0) == 0 || errno == EPERM;
}

/// Waits for the lock as long as nobody but an orphaned redis-server can hold it.
bool lock_within(int descriptor, milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return false;
        const auto holder = holder_of(descriptor);
        if (!holder || lives(*holder) || std::chrono::steady_clock::now() >= end) {
            errno = EWOULDBLOCK;
            return false;
        }
        std::this_thread::sleep_for(between_tries);
    }
    return true;
}

std::string held_by(const std::string& directory, int descriptor) {
    const std::string in_use = "the state directory " + directory + " is in use by ";
    const auto holder = holder_of(descriptor);
    if (!holder) return in_use + "another process";
    const std::string number = std::to_string(*holder);
    if (lives(*holder)) return in_use + "process " + number;
    return in_use + "the redis-server of process " + number + ", which is gone; it ends by itself";
}

void write_holder(int descriptor) {
    const std::string text = std::to_string(getpid()) + "\n";
    // Only to tell people: the lock holds without it, on a full disk for example.
    if (ftruncate(descriptor, 0) == 0) (void)!pwrite(descriptor, text.data(), text.size(), 0);
}

expected<void, std::string> make_directory(const std::string& directory) {
    std::error_code failure;
    const std::filesystem::path parent = std::filesystem::absolute(directory, failure).parent_path();
    std::filesystem::create_directories(parent, failure);
    if (mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return fault("cannot make the state directory " + directory + ": " + reason_of(errno));
}

}  // namespace

expected<state_lock, std::string> state_lock::take(const std::string& directory, milliseconds patience) {
    if (auto made = make_directory(directory); !made) return fault(made.error());
    const std::string path = directory + "/lock";
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return fault("cannot open " + path + ": " + reason_of(errno));
    state_lock lock(descriptor);
    if (!lock_within(descriptor, patience)) {
        if (errno == EWOULDBLOCK) return fault(held_by(directory, descriptor));
        return fault("cannot lock " + path + ": " + reason_of(errno));
    }
    write_holder(descriptor);
    return lock;
}

state_lock::state_lock(state_lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

state_lock& state_lock::operator=(state_lock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

state_lock::~state_lock() {
    // No LOCK_UN: that would free it for a redis-server that still holds the same lock, too.
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace postrider::redis
