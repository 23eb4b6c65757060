#include "server_process.h"

#include <postrider/log/log.h>
#include <postrider/redis/embedded_server.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace postrider::redis {
namespace {

using fault = unexpected<std::string>;

constexpr const char* socket_name = "redis.sock";
constexpr const char* log_name = "redis.log";
constexpr std::size_t longest_socket_path = 107;
constexpr off_t longest_log = 1024 * 1024;
constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{5000};
constexpr milliseconds proven_after{10000};  // ran that long: the next fault is a new one

/// All paths are relative to its working directory: no limit of a socket's path, nothing to quote.
std::vector<std::string> arguments_for(const embedded_settings& settings) {
    return {"--port", "0", "--unixsocket", socket_name, "--unixsocketperm", "700", "--dir", ".",
            "--appendonly", "yes", "--appendfsync", settings.append_fsync, "--no-appendfsync-on-rewrite",
            "no", "--aof-use-rdb-preamble", "yes", "--auto-aof-rewrite-percentage", "100",
            "--auto-aof-rewrite-min-size", "64mb", "--save", "", "--maxmemory-policy", "noeviction",
            "--daemonize", "no", "--supervised", "no", "--protected-mode", "yes", "--logfile", log_name,
            // Its log is for its end, and has no bound but this.
            "--loglevel", "warning", "--always-show-logo", "no"};
}

std::string describe_end(int status) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

struct embedded_server::impl {
    impl(embedded_settings given, int lock_descriptor) : settings(std::move(given)), lock(lock_descriptor) {}
    ~impl() {
        if (directory >= 0) close(directory);
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;

    const embedded_settings settings;
    const int lock;
    int directory = -1;
    pid_t process = 0;
    bool wanted = false;
    monotonic_time started{};
    monotonic_time next_start{};
    milliseconds pause = first_pause;

    expected<void, std::string> start();
    expected<int, std::string> open_log() const;
    bool reap();
    void note_end(int status);
    void retry_start();
    bool wait_for_end(milliseconds longest);
    [[nodiscard]] std::string end_of_log() const;
};

expected<void, std::string> embedded_server::impl::start() {
    const auto program = find_program(settings.program);
    if (!program) return fault(program.error());
    if (directory < 0) directory = open(settings.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return fault("cannot open " + settings.directory + ": " + std::generic_category().message(errno));
    const auto output = open_log();
    if (!output) return fault(output.error());
    process_plan plan;
    plan.program = *program;
    plan.arguments = arguments_for(settings);
    plan.directory = directory;
    plan.output = *output;
    plan.kept = lock;
    const auto begun = start_process(plan);
    close(*output);
    if (!begun) return fault(begun.error());
    process = *begun;
    started = std::chrono::steady_clock::now();
    return {};
}

expected<int, std::string> embedded_server::impl::open_log() const {
    struct stat facts {};
    if (fstatat(directory, log_name, &facts, 0) == 0 && facts.st_size > longest_log)
        (void)renameat(directory, log_name, directory, "redis.log.1");
    const int log = openat(directory, log_name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log >= 0) return log;
    return fault("cannot open " + settings.directory + "/" + log_name + ": " +
                 std::generic_category().message(errno));
}

/// The last lines that Redis wrote: why it ended.
std::string embedded_server::impl::end_of_log() const {
    const int log = openat(directory, log_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (log < 0) return {};
    std::array<char, 1024> room{};
    const off_t size = lseek(log, 0, SEEK_END);
    const off_t from = std::max<off_t>(0, size - static_cast<off_t>(room.size()));
    const ssize_t length = pread(log, room.data(), room.size(), from);
    close(log);
    std::string text(room.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    if (from > 0) text.erase(0, text.find('\n') + 1);
    return text;
}

/// Whether it ended; forgets it then.
bool embedded_server::impl::reap() {
    if (process == 0) return true;
    int status = 0;
    const pid_t ended = waitpid(process, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
    if (wanted) note_end(ended < 0 ? 0 : status);
    process = 0;
    return true;
}

void embedded_server::impl::note_end(int status) {
    const monotonic_time now = std::chrono::steady_clock::now();
    if (now - started > proven_after) pause = first_pause;
    log::error("the embedded redis-server ended unasked", {{"pid", process},
                                                           {"ended_by", describe_end(status)},
                                                           {"starts_again_in_ms", pause.count()},
                                                           {"end_of_its_log", end_of_log()}});
    next_start = now + pause;
    pause = std::min(pause * 2, longest_pause);
}

void embedded_server::impl::retry_start() {
    const auto again = start();
    if (again) {
        log::info("started the embedded redis-server again", {{"pid", process}});
        return;
    }
    log::error("cannot start the embedded redis-server", {{"error", again.error()}});
    next_start = std::chrono::steady_clock::now() + pause;
    pause = std::min(pause * 2, longest_pause);
}

bool embedded_server::impl::wait_for_end(milliseconds longest) {
    const monotonic_time until = std::chrono::steady_clock::now() + longest;
    while (!reap()) {
        if (std::chrono::steady_clock::now() >= until) return false;
        poll(nullptr, 0, 5);
    }
    return true;
}

embedded_server::embedded_server(embedded_settings settings, const state_lock& lock)
    : impl_(std::make_unique<impl>(std::move(settings), lock.descriptor())) {}

embedded_server::~embedded_server() {
    stop(milliseconds(5000));
}

expected<void, std::string> embedded_server::start() {
    if (impl_->process != 0) return {};
    auto begun = impl_->start();
    impl_->wanted = begun.has_value();
    return begun;
}

bool embedded_server::supervise() {
    if (!impl_->wanted) return false;
    if (!impl_->reap()) return true;
    if (std::chrono::steady_clock::now() < impl_->next_start) return false;
    impl_->retry_start();
    return impl_->process != 0;
}

void embedded_server::stop(milliseconds longest) {
    impl_->wanted = false;
    if (impl_->reap()) return;
    kill(impl_->process, SIGTERM);
    if (impl_->wait_for_end(longest)) return;
    log::error("the embedded redis-server did not end in time and is killed", {{"pid", impl_->process}});
    kill(impl_->process, SIGKILL);
    while (waitpid(impl_->process, nullptr, 0) < 0 && errno == EINTR) {
    }
    impl_->process = 0;
}

int embedded_server::process_id() const noexcept {
    return impl_->process;
}

location embedded_server::where() const {
    location out;
    out.kind = location::transport::unix_socket;
    out.path = impl_->settings.directory + "/" + socket_name;
    // Too long for sockaddr_un: through the directory that is open here, which all threads can name.
    if (out.path.size() > longest_socket_path && impl_->directory >= 0)
        out.path = "/proc/self/fd/" + std::to_string(impl_->directory) + "/" + socket_name;
    return out;
}

}  // namespace postrider::redis
