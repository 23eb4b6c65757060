#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace postrider::testing {

/// A new directory under /tmp, removed with everything in it.
class temporary_directory {
 public:
    temporary_directory();
    ~temporary_directory();
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
    std::string path_;
};

struct redis_options {
    bool tcp = false;                    ///< also on a free port of 127.0.0.1
    bool tls = false;                    ///< also TLS there, with a certificate made on the spot
    std::vector<std::string> arguments;  ///< further ones, such as "--requirepass", "x"
    bool sentinel = false;               ///< a Sentinel, which needs a `config`
    std::string config;                  ///< lines of a file that it reads first, and may write to
    std::string certificates;            ///< for `tls`: a directory with a pair already made
    std::string user;                    ///< as whom `ask` asks; empty: nobody in particular
    std::string password;
};

/// A port for a server that cannot be told to take any, as Redis takes 0 for "none". No connection that goes
/// out gets it, as it is below those, and no other test for as long as this one lives: a server that was
/// killed finds its port again.
[[nodiscard]] std::uint16_t free_port();

/// A key and its certificate, `key.pem` and `certificate.pem`: for localhost and 127.0.0.1, its own
/// authority.
void make_certificate(const std::string& directory);

/// A real redis-server on a unix socket in a directory of its own, nothing kept unless told by `arguments`.
/// Ends with the object, and with the thread that started it. A fault throws: it is one of the test's
/// machine.
class redis_server {
 public:
    redis_server() : redis_server(redis_options{}) {}
    explicit redis_server(redis_options options);
    ~redis_server();
    redis_server(const redis_server&) = delete;
    redis_server& operator=(const redis_server&) = delete;

    [[nodiscard]] const std::string& directory() const noexcept { return directory_.path(); }
    [[nodiscard]] std::string socket_path() const { return directory() + "/redis.sock"; }
    [[nodiscard]] std::string url() const { return "unix://" + socket_path(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::uint16_t tls_port() const noexcept { return tls_port_; }
    /// For `localhost` and 127.0.0.1; its own authority.
    [[nodiscard]] std::string certificate() const { return certificates() + "/certificate.pem"; }
    [[nodiscard]] pid_t process_id() const noexcept { return process_; }

    /// What redis-cli prints for these words of a command.
    [[nodiscard]] std::string ask(const std::string& words) const;

    /// SIGKILL; it is gone when this returns.
    void kill_now();
    /// After `kill_now`: in the same directory, on the same ports. Returns when it accepts connections.
    void start_again();
    /// SIGSTOP and SIGCONT: connections stay, and nothing answers.
    void pause();
    void resume();

 private:
    bool try_start();
    bool wait_until_ready(int output);
    [[nodiscard]] std::vector<std::string> arguments() const;
    [[nodiscard]] const std::string& certificates() const noexcept {
        return options_.certificates.empty() ? directory() : options_.certificates;
    }
    [[nodiscard]] std::string ready_text() const;

    temporary_directory directory_;
    redis_options options_;
    std::uint16_t port_ = 0;
    std::uint16_t tls_port_ = 0;
    pid_t process_ = 0;
    int output_ = -1;
    std::string said_;
};

}  // namespace postrider::testing
