#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/redis/url.h>

#include <memory>
#include <string>

namespace postrider::redis {

/// The lock on a state directory: one daemon (or its orphaned redis-server) at a time. An flock, whose
/// descriptor the server inherits, so it is free only when both are gone.
class state_lock {
 public:
    /// Makes the directory (0700) when it is missing. The error says who holds the lock, or what is wrong.
    /// Where only the redis-server of a daemon that died holds it, `patience` is waited for that server to
    /// end.
    [[nodiscard]] static expected<state_lock, std::string> take(const std::string& directory,
                                                                milliseconds patience = milliseconds(0));
    state_lock(state_lock&& other) noexcept;
    state_lock& operator=(state_lock&& other) noexcept;
    ~state_lock();
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
    explicit state_lock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

struct embedded_settings {
    std::string directory;                 ///< the state directory; data, socket and log lie in it
    std::string append_fsync = "always";   ///< always | everysec; "no" for durability memory
    std::string program = "redis-server";  ///< looked up in PATH
};

/// A private redis-server: unix socket only (0700 directory), AOF on, no RDB snapshots. All of it is called
/// from the thread that called `start`, which must live as long: the kernel ends the server when that thread
/// ends (PR_SET_PDEATHSIG).
class embedded_server {
 public:
    embedded_server(embedded_settings settings, const state_lock& lock);
    ~embedded_server();  ///< stops it
    embedded_server(const embedded_server&) = delete;
    embedded_server& operator=(const embedded_server&) = delete;

    /// Forks and executes; does not wait for it to answer. The error says what is missing.
    [[nodiscard]] expected<void, std::string> start();
    /// Call after SIGCHLD or now and then: when the server ended unasked, logs why (the end of its log), and
    /// starts it again after a pause that doubles from 100 ms to 5 s. Gives whether it runs.
    bool supervise();
    /// SIGTERM (Redis saves and ends), then SIGKILL after `longest`.
    void stop(milliseconds longest);
    [[nodiscard]] int process_id() const noexcept;
    /// How clients reach it.
    [[nodiscard]] location where() const;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace postrider::redis
