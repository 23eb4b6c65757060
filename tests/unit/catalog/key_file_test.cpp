#include "support/redis/redis_server.h"

#include <postrider/catalog/sealer.h>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace postrider::catalog {
namespace {

class key_file_test : public ::testing::Test {
 protected:
    void write(const std::string& bytes, mode_t mode = 0600) {
        std::ofstream(path_, std::ios::binary) << bytes;
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    }
    std::string refusal() {
        const auto key = open_key_file(path_, random_);
        return key ? "opened" : key.error();
    }

    testing::temporary_directory directory_;
    const std::string path_ = directory_.path() + "/catalog.key";
    system_random random_;
};

TEST_F(key_file_test, is_made_once_and_read_ever_after) {
    const auto made = open_key_file(path_, random_);
    ASSERT_TRUE(made) << made.error();
    EXPECT_EQ(made->reveal().size(), sealer::key_bytes);
    EXPECT_NE(made->reveal(), std::string(sealer::key_bytes, '\0'));
    const auto read = open_key_file(path_, random_);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, *made);
}

TEST_F(key_file_test, is_for_its_owner_alone_and_leaves_no_draft) {
    const auto old = ::umask(0);
    ASSERT_TRUE(open_key_file(path_, random_));
    ::umask(old);
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(directory_.path()))
        ++files;
    EXPECT_EQ(files, 1u);
}

TEST_F(key_file_test, its_bytes_are_the_key) {
    const std::string bytes = std::string("\0\n\xff", 3) + std::string(29, 'k');
    write(bytes);
    const auto key = open_key_file(path_, random_);
    ASSERT_TRUE(key);
    EXPECT_EQ(key->reveal(), bytes);
}

TEST_F(key_file_test, of_another_size_is_refused_and_kept) {
    for (const std::size_t size : {0u, 31u, 33u, 64u}) {
        write(std::string(size, 'k'));
        EXPECT_EQ(refusal(),
                  "the key file " + path_ + " has " + std::to_string(size) + " bytes where a key has 32");
        EXPECT_EQ(std::filesystem::file_size(path_), size);
    }
}

TEST_F(key_file_test, that_others_can_use_is_refused) {
    for (const mode_t mode : {0640u, 0604u, 0660u, 0620u, 0601u}) {
        write(std::string(32, 'k'), mode);
        EXPECT_EQ(refusal(),
                  "the key file " + path_ + " can be used by others than its owner; set its mode to 0600");
    }
    write(std::string(32, 'k'), 0400);
    EXPECT_EQ(refusal(), "opened");
}

TEST_F(key_file_test, that_is_no_file_is_refused) {
    ASSERT_TRUE(std::filesystem::create_directory(path_));
    EXPECT_EQ(refusal(), "the key file " + path_ + " is not a regular file");
    std::filesystem::remove(path_);
    std::ofstream(directory_.path() + "/other") << std::string(32, 'k');
    std::filesystem::create_symlink(directory_.path() + "/other", path_);
    EXPECT_TRUE(refusal().starts_with("cannot read the key file")) << refusal();
}

TEST_F(key_file_test, in_a_folder_that_is_not_there_cannot_be_made) {
    const auto key = open_key_file(directory_.path() + "/none/catalog.key", random_);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error(), "cannot make the key file " + directory_.path() +
                               "/none/catalog.key: No such file or directory");
}

}  // namespace
}  // namespace postrider::catalog
