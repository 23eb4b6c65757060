#include "server_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace postrider::redis {
namespace {

using fault = unexpected<std::string>;

std::string search_path() {
    const char* const path = std::getenv("PATH");
    return path != nullptr && *path != '\0' ? path : "/usr/local/bin:/usr/bin:/bin";
}

/// Everything the child needs, made before the fork: behind it only async-signal-safe calls are allowed,
/// because another thread may have held any lock.
struct prepared {
    explicit prepared(const process_plan& plan) : what(plan), environment{"PATH=" + search_path()} {
        argument_pointers.push_back(const_cast<char*>(what.program.c_str()));
        for (const std::string& argument : what.arguments)
            argument_pointers.push_back(const_cast<char*>(argument.c_str()));
        argument_pointers.push_back(nullptr);
        environment_pointers = {environment.data(), nullptr};
    }
    const process_plan& what;
    std::string environment;
    std::vector<char*> argument_pointers;
    std::array<char*, 2> environment_pointers{};
    pid_t parent = getpid();
};

void reset_signals() {
    for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGPIPE, SIGUSR1, SIGUSR2})
        std::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool close_all_but(int one, int other) {
    const auto low = static_cast<unsigned>(std::min(one, other));
    const auto high = static_cast<unsigned>(std::max(one, other));
    return (low <= 3 || close_range(3, low - 1, 0) == 0) &&
           (high <= low + 1 || close_range(low + 1, high - 1, 0) == 0) && close_range(high + 1, ~0U, 0) == 0;
}

bool set_up_child(const prepared& child, int report) {
    // Away from the terminal: its Ctrl-C is for the daemon, which needs Redis until it has drained.
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return false;
    if (getppid() != child.parent) _exit(0);  // it ended before the line above: no signal would come
    reset_signals();
    umask(0077);
    if (fchdir(child.what.directory) != 0) return false;
    const int input = open("/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0) return false;
    if (dup2(child.what.output, STDOUT_FILENO) < 0 || dup2(child.what.output, STDERR_FILENO) < 0)
        return false;
    return fcntl(child.what.kept, F_SETFD, 0) == 0 && close_all_but(child.what.kept, report);
}

[[noreturn]] void become(const prepared& child, int report) {
    if (set_up_child(child, report))
        execve(child.what.program.c_str(), child.argument_pointers.data(), child.environment_pointers.data());
    const int failure = errno;
    (void)!write(report, &failure, sizeof failure);
    _exit(127);
}

/// The errno of what failed before the program ran; 0 when it runs, for then the pipe closed by itself.
int read_report(int descriptor) {
    int failure = 0;
    ssize_t length = 0;
    do
        length = read(descriptor, &failure, sizeof failure);
    while (length < 0 && errno == EINTR);
    return length == sizeof failure ? failure : 0;
}

}  // namespace

expected<std::string, std::string> find_program(const std::string& name) {
    const auto executable = [](const std::string& path) {
        struct stat facts {};
        return stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && access(path.c_str(), X_OK) == 0;
    };
    if (name.find('/') != std::string::npos) {
        if (executable(name)) return name;
        return fault(name + " is not an executable file: install redis-server or set redis.url");
    }
    const std::string path = search_path();
    for (std::string_view rest = path; !rest.empty();) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        const std::string candidate = std::string(rest.substr(0, end)) + "/" + name;
        if (end > 0 && executable(candidate)) return candidate;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return fault(name + " not found in PATH: install it or set redis.url");
}

expected<pid_t, std::string> start_process(const process_plan& plan) {
    const prepared child(plan);
    std::array<int, 2> report{};
    if (pipe2(report.data(), O_CLOEXEC) != 0)
        return fault("cannot start " + plan.program + ": " + std::generic_category().message(errno));
    const pid_t id = fork();
    if (id == 0) become(child, report[1]);
    int failure = id < 0 ? errno : 0;
    close(report[1]);
    if (id > 0) failure = read_report(report[0]);
    close(report[0]);
    if (failure == 0) return id;
    if (id > 0) waitpid(id, nullptr, 0);
    return fault("cannot start " + plan.program + ": " + std::generic_category().message(failure));
}

}  // namespace postrider::redis
