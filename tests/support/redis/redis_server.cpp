#include "redis_server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <utility>

namespace postrider::testing {
namespace {

[[noreturn]] void become_redis(std::vector<char*> arguments, int output, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvp("redis-server", arguments.data());
    _exit(127);
}

// Below the ports that the kernel gives to connections that go out.
constexpr std::uint16_t first_port = 20000;
constexpr std::uint16_t last_port = 31999;

/// Whether the port is this process's from now on, by a socket in the abstract namespace: tests that run
/// beside it choose others.
bool claim(std::uint16_t port) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string text = '\0' + ("postrider-test-port-" + std::to_string(port));
    text.copy(name.sun_path, sizeof(name.sun_path));
    const int held = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
    if (bind(held, reinterpret_cast<const sockaddr*>(&name), length) == 0) return true;
    close(held);
    return false;
}

bool is_bindable(std::uint16_t port) {
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(probe);
    return bound;
}

}  // namespace

std::uint16_t free_port() {
    static std::minstd_rand numbers{std::random_device()()};
    for (int tries = 0; tries < 1000; ++tries) {
        const std::uint16_t port =
            std::uniform_int_distribution<std::uint16_t>(first_port, last_port)(numbers);
        if (claim(port) && is_bindable(port)) return port;
    }
    throw std::runtime_error("no free port");
}

void make_certificate(const std::string& directory) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
        "/CN=localhost "
        "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
        directory + "/key.pem -out " + directory + "/certificate.pem 2>/dev/null";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl made no certificate");
}

temporary_directory::temporary_directory() {
    std::array<char, 32> name{"/tmp/postrider-XXXXXX"};
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name.data();
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

redis_server::redis_server(redis_options options) : options_(std::move(options)) {
    if (options_.tls && options_.certificates.empty()) make_certificate(directory());
    if (!options_.config.empty()) std::ofstream(directory() + "/redis.conf") << options_.config;
    for (int tries = 0; tries < 10; ++tries) {
        if (options_.tcp) port_ = free_port();
        if (options_.tls) tls_port_ = free_port();
        if (try_start()) return;
    }
    throw std::runtime_error("redis-server does not start: " + said_);
}

redis_server::~redis_server() {
    kill_now();
}

std::vector<std::string> redis_server::arguments() const {
    using words = std::vector<std::string>;
    words all{"redis-server"};
    const auto add = [&](const words& more) { all.insert(all.end(), more.begin(), more.end()); };
    if (!options_.config.empty()) add({directory() + "/redis.conf"});
    if (options_.sentinel) add({"--sentinel"});
    add({"--port", std::to_string(port_), "--bind", "127.0.0.1", "--unixsocket", socket_path(), "--dir",
         directory(), "--daemonize", "no"});
    if (!options_.sentinel) add({"--save", ""});
    if (options_.tls)
        add({"--tls-port", std::to_string(tls_port_), "--tls-cert-file", certificate(), "--tls-key-file",
             certificates() + "/key.pem", "--tls-ca-cert-file", certificate(), "--tls-auth-clients", "no"});
    all.insert(all.end(), options_.arguments.begin(), options_.arguments.end());
    return all;
}

bool redis_server::try_start() {
    std::vector<std::string> texts = arguments();
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    std::array<int, 2> output{};
    if (pipe2(output.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const pid_t parent = getpid();
    process_ = fork();
    if (process_ == 0) become_redis(pointers, output[1], parent);
    close(output[1]);
    output_ = output[0];
    if (process_ > 0 && wait_until_ready(output_)) return true;
    kill_now();
    return false;
}

std::string redis_server::ready_text() const {
    return options_.sentinel ? "+monitor master" : "ready to accept connections at " + socket_path();
}

/// It says so, last of all for its unix socket. The pipe holds the little that it says later.
bool redis_server::wait_until_ready(int output) {
    said_.clear();
    std::array<char, 4096> room{};
    for (;;) {
        const ssize_t length = read(output, room.data(), room.size());
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) return false;
        said_.append(room.data(), static_cast<std::size_t>(length));
        if (said_.find(ready_text()) != std::string::npos) return true;
    }
}

void redis_server::kill_now() {
    if (process_ > 0) {
        kill(process_, SIGKILL);
        while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    process_ = 0;
    if (output_ >= 0) close(output_);
    output_ = -1;
}

std::string redis_server::ask(const std::string& words) const {
    std::string line = "redis-cli -s " + socket_path() + " --no-auth-warning";
    if (!options_.user.empty()) line += " --user " + options_.user;
    if (!options_.password.empty()) line += " --pass " + options_.password;
    FILE* const output = popen((line + " " + words + " 2>&1").c_str(), "re");
    if (output == nullptr) throw std::runtime_error("redis-cli does not start");
    std::string answer;
    std::array<char, 4096> room{};
    while (std::size_t length = fread(room.data(), 1, room.size(), output))
        answer.append(room.data(), length);
    pclose(output);
    return answer;
}

void redis_server::start_again() {
    if (!try_start()) throw std::runtime_error("redis-server does not start again: " + said_);
}

void redis_server::pause() {
    if (process_ <= 0) return;  // kill(0, …) would stop the tests themselves
    kill(process_, SIGSTOP);
    int status = 0;
    waitpid(process_, &status, WUNTRACED);
}

void redis_server::resume() {
    kill(process_, SIGCONT);
}

}  // namespace postrider::testing
