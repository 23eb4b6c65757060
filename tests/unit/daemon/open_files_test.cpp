#include <daemon/open_files.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace postrider::daemon {
namespace {

TEST(open_files, three_quarters_of_them_are_for_receivers) {
    EXPECT_EQ(share_of(20000).connections, 15000U);
    EXPECT_EQ(share_of(1024).connections, 768U);
}

TEST(open_files, half_of_them_may_be_sends) {
    EXPECT_EQ(share_of(1024).sends, 512U);
    EXPECT_EQ(share_of(65536).sends, 4096U) << "for which slots have a bound of their own";
}

TEST(open_files, few_leave_a_few) {
    EXPECT_EQ(share_of(0).connections, 16U);
    EXPECT_EQ(share_of(0).sends, 16U);
}

TEST(open_files, many_are_not_all_used) {
    EXPECT_EQ(share_of(65536).connections, 32768U);
    EXPECT_EQ(share_of(1'000'000'000).connections, 32768U);
    EXPECT_EQ(share_of(RLIM_INFINITY).connections, 32768U);
}

TEST(open_files, are_as_many_as_the_process_may_have) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit fewer = before;
    fewer.rlim_cur = 200;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &fewer), 0);
    EXPECT_EQ(limit_of_open_files(), 200U);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace postrider::daemon
