#include "captured_stderr.h"

#include <postrider/log/log.h>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace postrider::log {
namespace {

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

TEST(output, holds_what_the_level_allows) {
    captured_stderr captured;
    configure({level::info, format::text});
    EXPECT_FALSE(enabled(level::debug));
    EXPECT_TRUE(enabled(level::info));
    debug("not this");
    info("this one", {{"n", 1}});
    configure({level::debug, format::json});
    debug("that one");
    const auto text = captured.finish();
    EXPECT_EQ(text.find("not this"), std::string::npos);
    EXPECT_NE(text.find("info  this one n=1\n"), std::string::npos);
    EXPECT_NE(text.find(R"("level":"debug","message":"that one"})"), std::string::npos);
}

/// As systemd names the stream that it gave the process.
std::string name_of_stderr() {
    struct stat own {};
    EXPECT_EQ(::fstat(STDERR_FILENO, &own), 0);
    return std::to_string(own.st_dev) + ':' + std::to_string(own.st_ino);
}

TEST(output, tells_the_journal_the_priority_of_each_line) {
    captured_stderr captured;
    ::setenv("JOURNAL_STREAM", name_of_stderr().c_str(), 1);
    configure({level::info, format::json});
    info("to the journal");
    warning("that one too");
    ::setenv("JOURNAL_STREAM", "1:2", 1);
    configure({level::info, format::text});
    info("elsewhere");
    ::unsetenv("JOURNAL_STREAM");
    configure({level::info, format::text});
    const auto text = captured.finish();
    EXPECT_TRUE(text.starts_with("<6>{\"time\":")) << text;
    EXPECT_NE(text.find("\n<4>{\"time\":"), std::string::npos) << text;
    EXPECT_NE(text.find("\n20"), std::string::npos) << "nobody takes it off elsewhere: " << text;
}

TEST(output, comes_by_itself) {
    captured_stderr captured;
    configure({level::info, format::text});
    info("nobody flushes this");
    captured.wait_for("nobody flushes this\n");
    info("nor this");
    captured.wait_for("nor this\n");
}

TEST(output, takes_what_waits_along_with_a_warning) {
    captured_stderr captured;
    configure({level::info, format::text});
    info("first");
    warning("second");
    // Back from `warning` both are in the pipe: a write of another process would come behind them.
    ASSERT_EQ(::write(STDERR_FILENO, "third\n", 6), 6);
    const auto text = captured.finish();
    EXPECT_LT(text.find("first"), text.find("second"));
    EXPECT_LT(text.find("second"), text.find("third"));
}

TEST(output, is_gathered_into_few_writes) {
    captured_stderr captured;
    configure({level::info, format::text});
    constexpr int lines = 2000;
    for (int n = 0; n < lines; ++n)
        info("one of many", {{"n", n}});
    const auto text = captured.finish();
    EXPECT_EQ(count(text, "one of many"), std::size_t{lines});
    EXPECT_LT(captured.writes(), 500U);  // a pipe splits a write into pages, some 60 lines each
}

TEST(output, keeps_lines_of_many_threads_whole) {
    captured_stderr captured;
    configure({level::info, format::text});
    constexpr int threads = 4;
    constexpr int lines = 500;
    std::vector<std::thread> writers;
    for (int thread = 0; thread < threads; ++thread) {
        writers.emplace_back([thread] {
            for (int n = 0; n < lines; ++n)
                info("line", {{"thread", thread}, {"end", "e"}});
            if (thread == 0) flush();
        });
    }
    for (auto& writer : writers)
        writer.join();
    const auto text = captured.finish();
    for (int thread = 0; thread < threads; ++thread) {
        EXPECT_EQ(count(text, " info  line thread=" + std::to_string(thread) + " end=e\n"),
                  std::size_t{lines});
    }
    EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
              std::size_t{threads * lines});
}

TEST(output, is_not_doubled_by_a_fork) {
    captured_stderr captured;
    configure({level::info, format::text});
    info("of the parent");
    const pid_t child = ::fork();
    if (child == 0) {
        info("of the child");  // no thread is here that would flush it
        ::_exit(0);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    info("after the child");
    const auto text = captured.finish();
    EXPECT_EQ(count(text, "of the parent\n"), 1U);
    EXPECT_EQ(count(text, "of the child\n"), 1U);
    EXPECT_EQ(count(text, "after the child\n"), 1U);
}

TEST(output, survives_forks_while_others_write) {
    captured_stderr captured;
    configure({level::info, format::text});
    std::atomic<bool> done{false};
    std::thread writer([&] {
        while (!done)
            info("busy");
    });
    for (int n = 0; n < 20; ++n) {
        const pid_t child = ::fork();
        if (child == 0) {
            warning("child");
            ::_exit(0);
        }
        int status = -1;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    done = true;
    writer.join();
    EXPECT_EQ(count(captured.finish(), "warning child\n"), 20U);
}

void leave_with_lines_that_wait() {
    configure({level::info, format::text});
    info("last words");
    std::exit(0);
}

TEST(output, is_written_at_exit) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(leave_with_lines_that_wait(), testing::ExitedWithCode(0), "last words");
}

struct late_writer {
    ~late_writer() { warning("written by a destructor"); }
};

void leave_with_a_destructor_that_writes() {
    static const late_writer late;
    configure({level::info, format::text});
    std::exit(0);
}

TEST(output, is_written_after_the_exit_has_begun) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(leave_with_a_destructor_that_writes(), testing::ExitedWithCode(0), "written by a destructor");
}

void warn_without_configuration() {
    info("too little");
    warning("enough");
    ::_exit(enabled(level::info) ? 1 : 0);
}

TEST(output, of_warnings_needs_no_configuration) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(warn_without_configuration(), testing::ExitedWithCode(0), "warning enough");
}

void log_into_nothing() {
    configure({level::info, format::text});
    ::close(STDERR_FILENO);
    error("nobody reads this");
    std::exit(0);
}

TEST(output, that_cannot_be_written_stops_nobody) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(log_into_nothing(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace postrider::log
