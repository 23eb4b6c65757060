#include "support/redis/redis_server.h"

#include <postrider/redis/embedded_server.h>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace postrider::redis {
namespace {

using testing::temporary_directory;

TEST(state_lock, makes_the_directory_for_its_owner_only) {
    const temporary_directory root;
    const std::string directory = root.path() + "/a/b/state";
    const auto lock = state_lock::take(directory);
    ASSERT_TRUE(lock) << lock.error();
    struct stat facts {};
    ASSERT_EQ(stat(directory.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0700U);
}

TEST(state_lock, is_refused_to_a_second_one_with_the_holder_s_number) {
    const temporary_directory root;
    auto lock = state_lock::take(root.path());
    ASSERT_TRUE(lock) << lock.error();
    const auto second = state_lock::take(root.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(),
              "the state directory " + root.path() + " is in use by process " + std::to_string(getpid()));
    // Moved, it is still held; gone, it is free.
    std::optional<state_lock> moved(std::move(*lock));
    EXPECT_FALSE(state_lock::take(root.path()));
    moved.reset();
    EXPECT_TRUE(state_lock::take(root.path()));
}

TEST(state_lock, says_what_is_wrong_with_the_directory) {
    const temporary_directory root;
    std::ofstream(root.path() + "/file") << "x";
    for (const std::string& path : {root.path() + "/file", root.path() + "/file/below"}) {
        const auto lock = state_lock::take(path);
        ASSERT_FALSE(lock);
        EXPECT_NE(lock.error().find(path), std::string::npos) << lock.error();
        EXPECT_NE(lock.error().find("Not a directory"), std::string::npos) << lock.error();
    }
    std::filesystem::create_symlink(root.path() + "/elsewhere", root.path() + "/lock");
    EXPECT_FALSE(state_lock::take(root.path())) << "a lock file is no link";
}

TEST(state_lock, ignores_what_an_earlier_holder_left_in_the_file) {
    const temporary_directory root;
    std::ofstream(root.path() + "/lock") << "99999999 and more text than a number has";
    const auto lock = state_lock::take(root.path());
    ASSERT_TRUE(lock);
    std::ifstream file(root.path() + "/lock");
    std::string text;
    std::getline(file, text);
    EXPECT_EQ(text, std::to_string(getpid()));
    EXPECT_FALSE(std::getline(file, text));
}

/// A daemon in a process of its own: takes the lock, starts the server, says its number, and waits to be
/// killed.
class other_daemon {
 public:
    explicit other_daemon(const std::string& directory) {
        std::array<int, 2> pipe_ends{};
        if (pipe(pipe_ends.data()) != 0) return;
        process_ = fork();
        if (process_ == 0) live(directory, pipe_ends[1]);
        close(pipe_ends[1]);
        if (read(pipe_ends[0], &server_, sizeof server_) != sizeof server_) server_ = -1;
        close(pipe_ends[0]);
    }
    ~other_daemon() { kill_now(); }
    other_daemon(const other_daemon&) = delete;
    other_daemon& operator=(const other_daemon&) = delete;

    [[nodiscard]] pid_t process() const { return process_; }
    [[nodiscard]] pid_t server() const { return server_; }
    void kill_now() {
        if (process_ <= 0 || dead_) return;
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
        dead_ = true;
    }

 private:
    [[noreturn]] static void live(const std::string& directory, int report) {
        const auto lock = state_lock::take(directory);
        embedded_settings settings;
        settings.directory = directory;
        embedded_server server(settings, *lock);
        const pid_t number = server.start() ? server.process_id() : -1;
        // Stopped, it cannot end when the kernel tells it that its daemon is gone. Only its parent can wait
        // until it did stop; before that the other signal could overtake.
        if (number > 0) {
            kill(number, SIGSTOP);
            waitpid(number, nullptr, WUNTRACED);
        }
        (void)!write(report, &number, sizeof number);
        for (;;)
            pause();
    }

    pid_t process_ = -1;
    pid_t server_ = -1;
    bool dead_ = false;
};

TEST(state_lock, is_held_by_an_orphaned_server_and_free_when_that_is_gone) {
    const temporary_directory root;
    other_daemon daemon(root.path());
    ASSERT_GT(daemon.server(), 0);
    const int server = static_cast<int>(syscall(SYS_pidfd_open, daemon.server(), 0));
    ASSERT_GE(server, 0);
    auto refused = state_lock::take(root.path());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().ends_with("is in use by process " + std::to_string(daemon.process())))
        << refused.error();

    daemon.kill_now();
    refused = state_lock::take(root.path());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("redis-server of process " + std::to_string(daemon.process())),
              std::string::npos)
        << refused.error();

    kill(daemon.server(), SIGCONT);
    pollfd ended{server, POLLIN, 0};
    ASSERT_EQ(poll(&ended, 1, 60'000), 1) << "it ends by itself";
    close(server);
    const auto lock = state_lock::take(root.path());
    EXPECT_TRUE(lock) << lock.error();
}

}  // namespace
}  // namespace postrider::redis
