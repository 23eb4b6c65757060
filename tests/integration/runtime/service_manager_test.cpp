#include <postrider/runtime/service_manager.h>

#include <gtest/gtest.h>
#include <support/net/temporary_directory.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace postrider::runtime {
namespace {

using namespace std::chrono_literals;

/// The manager's end: a datagram socket at a path, or at an abstract name that begins with '@'.
class listening {
 public:
    explicit listening(std::string address) {
        if (address.front() == '@') address.front() = '\0';
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        address.copy(static_cast<char*>(at.sun_path), sizeof at.sun_path);
        socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&at), length), 0);
    }
    ~listening() { ::close(socket_); }
    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;

    /// A datagram that was sent has arrived: nothing waits here.
    [[nodiscard]] std::string received() const {
        std::array<char, 4096> room{};
        const auto size = ::recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
        return size < 0 ? "nothing" : std::string(room.data(), static_cast<std::size_t>(size));
    }

 private:
    int socket_ = -1;
};

class service_manager_test : public ::testing::Test {
 protected:
    ~service_manager_test() override {
        for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
    }
    [[nodiscard]] std::string path() const { return folder_.path("notify"); }

    const test::temporary_directory folder_;
};

TEST_F(service_manager_test, tells_each_step_in_one_datagram) {
    const listening there(path());
    const service_manager manager(path(), 0us);
    manager.status("starting");
    manager.ready("delivers");
    manager.alive();
    manager.stopping();
    EXPECT_EQ(there.received(), "STATUS=starting");
    EXPECT_EQ(there.received(), "READY=1\nSTATUS=delivers");
    EXPECT_EQ(there.received(), "WATCHDOG=1");
    EXPECT_EQ(there.received(), "STOPPING=1\nSTATUS=stopping");
    EXPECT_EQ(there.received(), "nothing");
}

TEST_F(service_manager_test, a_reload_carries_the_time_of_the_monotonic_clock) {
    const listening there(path());
    const auto before = std::chrono::steady_clock::now().time_since_epoch();
    service_manager(path(), 0us).reloading();
    const std::string text = there.received();
    const std::string begin = "RELOADING=1\nMONOTONIC_USEC=";
    ASSERT_TRUE(text.starts_with(begin)) << text;
    const std::chrono::microseconds told(std::stoll(text.substr(begin.size())));
    EXPECT_GE(told, std::chrono::floor<std::chrono::microseconds>(before));
    EXPECT_LE(told, std::chrono::steady_clock::now().time_since_epoch());
}

TEST_F(service_manager_test, an_abstract_name_is_reached) {
    const std::string name = '@' + path();
    const listening there(name);
    service_manager(name, 0us).alive();
    EXPECT_EQ(there.received(), "WATCHDOG=1");
}

TEST_F(service_manager_test, a_status_cannot_bring_in_another_assignment) {
    const listening there(path());
    const service_manager manager(path(), 0us);
    manager.status("one\nMAINPID=1\rtwo");
    EXPECT_EQ(there.received(), "STATUS=one MAINPID=1 two");
    manager.status(std::string(5000, 'x'));
    EXPECT_EQ(there.received().size(), 1024 + std::string("STATUS=").size());
}

TEST_F(service_manager_test, the_environment_names_the_socket_and_the_watchdog) {
    const listening there(path());
    ::setenv("NOTIFY_SOCKET", path().c_str(), 1);
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    EXPECT_EQ(service_manager::of_environment().watchdog(), 30s);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    const auto manager = service_manager::of_environment();
    EXPECT_EQ(manager.watchdog(), 30s);
    manager.alive();
    EXPECT_EQ(there.received(), "WATCHDOG=1");
}

TEST_F(service_manager_test, a_watchdog_of_another_process_or_without_sense_is_none) {
    const listening there(path());
    ::setenv("NOTIFY_SOCKET", path().c_str(), 1);
    for (const char* const wrong : {"", "0", "-5", "soon", "30s", "99999999999999999999"}) {
        ::setenv("WATCHDOG_USEC", wrong, 1);
        EXPECT_EQ(service_manager::of_environment().watchdog(), 0us) << wrong;
    }
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getppid()).c_str(), 1);
    EXPECT_EQ(service_manager::of_environment().watchdog(), 0us);
}

TEST_F(service_manager_test, a_manager_that_is_not_there_is_no_trouble) {
    const std::string too_long = '/' + std::string(200, 'x');
    for (const std::string& address :
         {std::string{}, std::string("@"), std::string("relative"), path(), too_long}) {
        const service_manager manager(address, 10s);
        manager.ready("nobody hears it");
        manager.stopping();
    }
    EXPECT_EQ(service_manager("", 10s).watchdog(), 0us);
}

TEST_F(service_manager_test, a_manager_that_does_not_read_is_not_waited_for) {
    const listening there(path());
    const service_manager manager(path(), 0us);
    for (int count = 0; count < 1000; ++count)
        manager.alive();
    EXPECT_EQ(there.received(), "WATCHDOG=1");
}

}  // namespace
}  // namespace postrider::runtime
