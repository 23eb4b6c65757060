#include "daemon/file_watch.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace postrider::daemon {
namespace {

namespace fs = std::filesystem;

class file_watch_test : public ::testing::Test {
 protected:
    file_watch_test() {
        std::string pattern = (fs::temp_directory_path() / "postrider-watch-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        write("config.yaml", "one");
    }
    ~file_watch_test() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }

    /// Makes the change and runs until it was told, or until a bound that only a broken watch reaches.
    bool told_after(const std::vector<std::string>& watched, const std::function<void()>& change) {
        boost::asio::io_context io;
        bool told = false;
        file_watch watch(io.get_executor(), [&] {
            told = true;
            io.stop();
        });
        watch.watch(watched);
        change();
        io.run_for(std::chrono::seconds(10));
        return told;
    }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    fs::path folder_;
};

TEST_F(file_watch_test, tells_of_a_file_that_is_written) {
    EXPECT_TRUE(told_after({path("config.yaml")}, [&] { write("config.yaml", "two"); }));
}

TEST_F(file_watch_test, tells_of_a_file_that_is_replaced_by_a_rename) {
    EXPECT_TRUE(told_after({path("config.yaml")}, [&] {
        write(".config.yaml.swp", "two");
        fs::rename(path(".config.yaml.swp"), path("config.yaml"));
    }));
}

TEST_F(file_watch_test, tells_of_a_config_map_whose_link_is_swapped) {
    fs::create_directory(folder_ / "..first");
    fs::create_directory(folder_ / "..second");
    write("..first/mounted.yaml", "one");
    write("..second/mounted.yaml", "two");
    fs::create_symlink("..first", folder_ / "..data");
    fs::create_symlink("..data/mounted.yaml", folder_ / "mounted.yaml");
    EXPECT_TRUE(told_after({path("mounted.yaml")}, [&] {
        fs::create_symlink("..second", folder_ / "..data_tmp");
        fs::rename(folder_ / "..data_tmp", folder_ / "..data");
    }));
}

TEST_F(file_watch_test, tells_of_a_new_file_in_a_folder_of_subscriptions) {
    fs::create_directory(folder_ / "subscriptions.d");
    EXPECT_TRUE(
        told_after({path("subscriptions.d")}, [&] { write("subscriptions.d/new.yaml", "webhook: {}"); }));
}

TEST_F(file_watch_test, keeps_quiet_about_other_files) {
    // The second change is of interest; had the first been told as well, `told` would come before it was
    // made.
    boost::asio::io_context io;
    int told = 0;
    file_watch watch(io.get_executor(), [&] {
        ++told;
        io.stop();
    });
    watch.watch({path("config.yaml")});
    write("appendonly.aof", "busy");
    boost::asio::steady_timer later(io, std::chrono::milliseconds(200));
    later.async_wait([&](const boost::system::error_code&) {
        EXPECT_EQ(told, 0);
        write("config.yaml", "two");
    });
    io.run_for(std::chrono::seconds(10));
    EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace postrider::daemon
