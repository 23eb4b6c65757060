#include "story.h"

#include <postrider/redis/embedded_server.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace postrider::redis {
namespace {

namespace asio = boost::asio;

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class embedded : public story {
 protected:
    testing::temporary_directory root_;
    std::string directory_ = root_.path() + "/state";
    std::optional<state_lock> lock_;
    std::unique_ptr<embedded_server> server_;

    embedded_settings settings() const {
        embedded_settings wanted;
        wanted.directory = directory_;
        return wanted;
    }

    void prepare(const embedded_settings& wanted) {
        auto taken = state_lock::take(directory_);
        ASSERT_TRUE(taken) << taken.error();
        lock_.emplace(std::move(*taken));
        server_ = std::make_unique<embedded_server>(wanted, *lock_);
    }

    void start() {
        prepare(settings());
        const auto begun = server_->start();
        ASSERT_TRUE(begun) << begun.error();
        ASSERT_GT(server_->process_id(), 0);
    }

    /// The answers to commands over a new client.
    std::vector<std::string> ask(std::vector<command> commands) {
        client_settings where;
        where.where = server_->where();
        where.first_backoff = milliseconds(5);
        const auto used = make(where);
        std::vector<std::string> answers;
        tell(ask_all(*used, std::move(commands), answers));
        return answers;
    }

    static asio::awaitable<void> ask_all(client& used, std::vector<command> commands,
                                         std::vector<std::string>& answers) {
        used.start();
        co_await used.wait_connected();
        for (command& each : commands) {
            const call_result result = co_await used.call(std::move(each));
            const bool pair = result && result->size() == 2;
            answers.push_back(pair ? std::string((*result)[1].text()) : outcome(result));
        }
        co_await used.stop();
    }

    std::string ask(const command& one) { return ask(std::vector<command>(1, one)).at(0); }

    std::string configured(const std::string& name) { return ask(command("CONFIG", "GET", name)); }
};

TEST_F(embedded, keeps_everything_and_evicts_nothing) {
    start();
    EXPECT_EQ(configured("appendonly"), "yes");
    EXPECT_EQ(configured("appendfsync"), "always");
    EXPECT_EQ(configured("no-appendfsync-on-rewrite"), "no");
    EXPECT_EQ(configured("save"), "");
    EXPECT_EQ(configured("maxmemory-policy"), "noeviction");
    EXPECT_EQ(configured("port"), "0");
    EXPECT_EQ(configured("daemonize"), "no");
    EXPECT_EQ(configured("dir"), std::filesystem::canonical(directory_));
}

TEST_F(embedded, can_be_reached_by_its_owner_only) {
    start();
    EXPECT_EQ(ask(command("PING")), "PONG");
    for (const std::string name : {"/redis.sock", "/redis.log", "/lock", "/appendonlydir"}) {
        struct stat facts {};
        ASSERT_EQ(stat((directory_ + name).c_str(), &facts), 0) << name;
        EXPECT_EQ(facts.st_mode & 0077U, 0U) << name;
    }
}

TEST_F(embedded, inherits_the_lock_and_nothing_else) {
    const int leaked = open("/etc/hostname", O_RDONLY);  // without O_CLOEXEC
    start();
    EXPECT_EQ(ask(command("PING")), "PONG");
    const std::string process = "/proc/" + std::to_string(server_->process_id());
    bool has_lock = false;
    for (const auto& entry : std::filesystem::directory_iterator(process + "/fd")) {
        std::error_code closed;  // the server opens and closes files of its own meanwhile
        const std::string target = std::filesystem::read_symlink(entry.path(), closed);
        EXPECT_NE(target, "/etc/hostname");
        has_lock = has_lock || target == std::filesystem::canonical(directory_).string() + "/lock";
    }
    EXPECT_TRUE(has_lock);
    EXPECT_EQ(getsid(server_->process_id()), server_->process_id()) << "away from the terminal";
    close(leaked);
}

TEST_F(embedded, does_not_see_the_environment) {
    setenv("POSTRIDER_TEST_SECRET", "hunter2", 1);
    embedded_settings wanted = settings();
    wanted.program = root_.path() + "/wrapper";
    std::ofstream(wanted.program) << "#!/bin/sh\nenv > environment\nexec redis-server \"$@\"\n";
    chmod(wanted.program.c_str(), 0700);
    prepare(wanted);
    ASSERT_TRUE(server_->start());
    EXPECT_EQ(ask(command("PING")), "PONG");
    const std::string environment = read_file(directory_ + "/environment");
    EXPECT_NE(environment.find("PATH="), std::string::npos);
    EXPECT_EQ(environment.find("hunter2"), std::string::npos);
    EXPECT_EQ(environment.find("HOME="), std::string::npos);
    unsetenv("POSTRIDER_TEST_SECRET");
}

TEST_F(embedded, keeps_its_data_over_stop_and_start) {
    start();
    EXPECT_EQ(ask(command("SET", "k", "v")), "OK");
    server_->stop(std::chrono::seconds(30));
    EXPECT_EQ(server_->process_id(), 0);
    EXPECT_FALSE(server_->supervise()) << "it was to stop";
    EXPECT_EQ(server_->process_id(), 0);
    server_->stop(milliseconds(0));
    ASSERT_TRUE(server_->start());
    EXPECT_EQ(ask(command("GET", "k")), "v");
}

TEST_F(embedded, is_started_again_with_its_data_when_it_was_killed) {
    start();
    EXPECT_EQ(ask(command("SET", "k", "v")), "OK");
    EXPECT_TRUE(server_->supervise());
    const int first = server_->process_id();
    kill(first, SIGKILL);
    int rounds = 0;
    while (server_->supervise() && server_->process_id() == first)
        ++rounds;
    EXPECT_EQ(server_->process_id(), 0) << "it pauses first";
    while (!server_->supervise())
        ++rounds;
    EXPECT_NE(server_->process_id(), first);
    EXPECT_EQ(ask(command("GET", "k")), "v");
    EXPECT_TRUE(server_->supervise());
}

TEST_F(embedded, that_ignores_its_end_is_killed) {
    start();
    EXPECT_EQ(ask(command("PING")), "PONG");
    kill(server_->process_id(), SIGSTOP);
    server_->stop(milliseconds(20));
    EXPECT_EQ(server_->process_id(), 0);
}

TEST_F(embedded, that_cannot_live_is_not_running) {
    embedded_settings wanted = settings();
    wanted.append_fsync = "bogus";
    prepare(wanted);
    ASSERT_TRUE(server_->start());
    while (server_->supervise()) {
    }
    EXPECT_EQ(server_->process_id(), 0);
    EXPECT_NE(read_file(directory_ + "/redis.log").find("bogus"), std::string::npos);
}

TEST_F(embedded, says_what_is_missing) {
    embedded_settings wanted = settings();
    wanted.program = "no-such-redis-server";
    prepare(wanted);
    auto begun = server_->start();
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error(), "no-such-redis-server not found in PATH: install it or set redis.url");
    EXPECT_FALSE(server_->supervise());

    wanted.program = root_.path() + "/not-a-program";
    embedded_server absent(wanted, *lock_);
    begun = absent.start();
    ASSERT_FALSE(begun);
    EXPECT_NE(begun.error().find("install redis-server or set redis.url"), std::string::npos);

    std::ofstream(wanted.program) << "\x01\x02";
    chmod(wanted.program.c_str(), 0700);
    embedded_server broken(wanted, *lock_);
    begun = broken.start();
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error(), "cannot start " + wanted.program + ": Exec format error");
}

TEST_F(embedded, lives_in_a_directory_with_a_long_and_odd_name) {
    directory_ = root_.path() + "/with space \" and 'quotes' " + std::string(150, 'x');
    start();
    EXPECT_LE(server_->where().path.size(), 107U);
    EXPECT_EQ(ask(command("SET", "k", "v")), "OK");
    EXPECT_TRUE(std::filesystem::exists(directory_ + "/redis.sock"));
}

TEST_F(embedded, ends_with_the_object) {
    start();
    EXPECT_EQ(ask(command("PING")), "PONG");
    const int process = server_->process_id();
    server_.reset();
    EXPECT_NE(kill(process, 0), 0);
}

TEST_F(embedded, holds_the_lock_for_as_long_as_it_lives) {
    start();
    lock_.reset();
    EXPECT_FALSE(state_lock::take(directory_));
    server_->stop(std::chrono::seconds(30));
    EXPECT_TRUE(state_lock::take(directory_));
}

TEST_F(embedded, does_not_let_its_log_grow_over_starts) {
    std::filesystem::create_directory(directory_);
    std::ofstream(directory_ + "/redis.log") << std::string(2 * 1024 * 1024, 'x');
    start();
    EXPECT_EQ(ask(command("PING")), "PONG");
    EXPECT_LT(std::filesystem::file_size(directory_ + "/redis.log"), 100'000U);
    EXPECT_EQ(std::filesystem::file_size(directory_ + "/redis.log.1"), 2U * 1024 * 1024);
}

}  // namespace
}  // namespace postrider::redis
