#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace postrider::runtime {

/// Whoever started this process and asked to be told how it fares: systemd, for a unit of Type=notify. Each
/// call sends one datagram as sd_notify(3) describes, never waits and never fails: a manager that does not
/// listen is no reason to stop delivering. Without one, nothing is sent. Thread-safe.
class service_manager {
 public:
    /// As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment say. Called before any thread is
    /// started.
    [[nodiscard]] static service_manager of_environment();
    /// `address`: a path, an abstract name that begins with '@', or empty: nobody. `watchdog`: 0 is none.
    service_manager(std::string_view address, std::chrono::microseconds watchdog);
    ~service_manager();
    service_manager(const service_manager&) = delete;
    service_manager& operator=(const service_manager&) = delete;

    /// How long it waits for `alive` before it takes the process for stuck and ends it; 0: it does not watch.
    [[nodiscard]] std::chrono::microseconds watchdog() const noexcept;

    /// Started, or done with a reload. `status` is one line for people.
    void ready(std::string_view status) const;
    void reloading() const;
    void stopping() const;
    void status(std::string_view text) const;
    void alive() const;

 private:
    void send(const std::string& state) const;

    std::string address_;  ///< as the kernel takes it: an abstract name begins with NUL
    std::chrono::microseconds watchdog_;
    int socket_ = -1;
};

}  // namespace postrider::runtime
