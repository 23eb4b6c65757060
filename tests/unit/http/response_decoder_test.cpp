#include <postrider/http/decoder.h>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace postrider::http {
namespace {

using state = response_decoder::state;

std::string repeated(int times, std::string_view text) {
    std::string out;
    for (int n = 0; n < times; ++n)
        out += text;
    return out;
}

struct row {
    std::string_view name;
    std::string bytes;
    bool closed;  ///< the peer closes behind the bytes
    state end;
    int status;
    std::string_view body;
    bool reusable;
};

std::string name_of(const ::testing::TestParamInfo<row>& tested) {
    return std::string(tested.param.name);
}

class responses : public ::testing::TestWithParam<row> {};

/// The outcome may not depend on how the network cuts the bytes: whole, in two at every place, one by one.
TEST_P(responses, end_the_same_however_they_are_cut) {
    const row& expected = GetParam();
    const std::string& bytes = expected.bytes;
    response_decoder decoder{response_decoder::limits()};
    const auto check = [&](std::size_t cut) {
        const state end = expected.closed ? decoder.feed_eof() : decoder.feed({});
        EXPECT_EQ(end, expected.end) << "cut at " << cut << ": " << decoder.fault();
        EXPECT_EQ(decoder.status(), expected.status);
        EXPECT_EQ(decoder.body_prefix(), expected.body);
        EXPECT_EQ(decoder.reusable(), expected.reusable) << "cut at " << cut;
        EXPECT_EQ(decoder.have_head(), expected.end != state::failed && expected.end != state::need_more);
        EXPECT_EQ(decoder.fault().empty(),
                  expected.end == state::complete || expected.end == state::need_more);
        decoder.reset();
    };
    const std::size_t step = bytes.size() > 2000 ? 97 : 1;
    for (std::size_t cut = 0; cut <= bytes.size(); cut += step) {
        (void)decoder.feed(std::string_view(bytes).substr(0, cut));
        (void)decoder.feed(std::string_view(bytes).substr(cut));
        check(cut);
    }
    for (const char& byte : bytes)
        (void)decoder.feed({&byte, 1});
    check(bytes.size() + 1);
}

const std::string ok = "HTTP/1.1 200 OK\r\n";
const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    well_formed, responses,
    ::testing::Values(
        row{"length", ok + "Content-Length: 5\r\n\r\nhello", false, state::complete, 200, "hello", true},
        row{"no_body", ok + "content-length: 0\r\n\r\n", false, state::complete, 200, "", true},
        row{"without_content", "HTTP/1.1 204 No Content\r\n\r\n", false, state::complete, 204, "", true},
        row{"not_modified_with_a_length", "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n", false,
            state::complete, 304, "", true},
        row{"no_reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", false, state::complete, 200, "", true},
        row{"chunks", chunked + "5\r\nhello\r\n1;a=\"b;c\"\r\n!\r\n0\r\nX: y\r\n\r\n", false, state::complete,
            200, "hello!", true},
        row{"to_the_end", ok + "\r\nhello", true, state::complete, 200, "hello", false},
        row{"connection_close", ok + "Connection: close\r\nContent-Length: 1\r\n\r\nx", false,
            state::complete, 200, "x", false},
        row{"http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false, state::complete, 200, "ok",
            false},
        row{"http_1_0_kept_alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            false, state::complete, 200, "ok", false},
        row{"closed_behind_a_whole_one", ok + "Content-Length: 0\r\n\r\n", true, state::complete, 200, "",
            false},
        row{"eight_interim",
            repeated(8, "HTTP/1.1 100 Continue\r\n\r\n") + "HTTP/1.1 202 x\r\nContent-Length: 0\r\n\r\n",
            false, state::complete, 202, "", true},
        row{"early_hints",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n", false,
            state::complete, 200, "", true},
        row{"unfinished", ok + "Content-Length: 5\r\n", false, state::need_more, 0, "", false}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    with_a_head_but_odd, responses,
    ::testing::Values(
        row{"short_body", ok + "Content-Length: 9\r\n\r\nhello", true, state::truncated, 200, "hello", false},
        row{"more_than_the_length", ok + "Content-Length: 5\r\n\r\nhello!", false, state::complete, 200,
            "hello", false},
        row{"second_response_unasked", ok + "Content-Length: 0\r\n\r\n" + ok, false, state::complete, 200, "",
            false},
        row{"chunk_size_is_no_number", chunked + "zz\r\n", false, state::truncated, 200, "", false},
        row{"chunk_with_bare_lf", chunked + "5\nhello\r\n0\r\n\r\n", false, state::truncated, 200, "", false},
        row{"chunk_longer_than_said", chunked + "3\r\nhello\r\n", false, state::truncated, 200, "hel", false},
        row{"chunks_without_end", chunked + "5\r\nhello\r\n", true, state::truncated, 200, "hello", false},
        row{"body_behind_204", "HTTP/1.1 204 x\r\nContent-Length: 3\r\n\r\nabc", false, state::truncated, 204,
            "", false},
        row{"huge_body", ok + "\r\n" + std::string(70000, 'a'), false, state::truncated, 200,
            [] {
                static const std::string kept(1024, 'a');
                return std::string_view(kept);
            }(),
            false}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    without_a_head_to_trust, responses,
    ::testing::Values(
        row{"garbage", "SSH-2.0-OpenSSH_9.2\r\n", false, state::failed, 0, "", false},
        row{"http_2", "HTTP/2 200\r\n\r\n", false, state::failed, 0, "", false},
        row{"http_1_2", "HTTP/1.2 200 OK\r\n\r\n", false, state::failed, 0, "", false},
        row{"nothing", "", true, state::failed, 0, "", false},
        row{"half_a_head", ok + "Content-Le", true, state::failed, 0, "", false},
        row{"odd_status", "HTTP/1.1 20x OK\r\n\r\n", false, state::failed, 0, "", false},
        row{"status_99", "HTTP/1.1 099 OK\r\n\r\n", false, state::failed, 0, "", false},
        row{"status_999", "HTTP/1.1 999 OK\r\n\r\n", false, state::failed, 0, "", false},
        row{"bare_lf", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", false, state::failed, 0, "", false},
        row{"duplicate_length", ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", false,
            state::failed, 0, "", false},
        row{"length_list", ok + "Content-Length: 5, 5\r\n\r\nhello", false, state::failed, 0, "", false},
        row{"length_and_chunked", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", false,
            state::failed, 0, "", false},
        row{"chunked_in_http_1_0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false,
            state::failed, 0, "", false},
        row{"gzip_encoding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", false, state::failed, 0, "",
            false},
        row{"switching_protocols", "HTTP/1.1 101 x\r\n\r\n", false, state::failed, 0, "", false},
        row{"interim_with_a_body", "HTTP/1.1 103 x\r\nContent-Length: 3\r\n\r\nabc", false, state::failed, 0,
            "", false},
        row{"nine_interim", repeated(9, "HTTP/1.1 100 Continue\r\n\r\n") + ok + "\r\n", false, state::failed,
            0, "", false},
        row{"endless_fields", ok + repeated(2000, "X-Header: 12345678\r\n"), false, state::failed, 0, "",
            false},
        row{"endless_line", ok + "X: " + std::string(20000, 'a'), false, state::failed, 0, "", false},
        row{"endless_reason", "HTTP/1.1 200 " + std::string(20000, 'a'), false, state::failed, 0, "", false},
        row{"too_many_fields", ok + repeated(101, "X: 1\r\n") + "\r\n", false, state::failed, 0, "", false}),
    name_of);

TEST(response_decoder_test, finds_headers_in_any_case) {
    response_decoder decoder{response_decoder::limits()};
    ASSERT_EQ(decoder.feed("HTTP/1.1 429 Slow\r\nretry-AFTER:  120 \r\nContent-Length: 0\r\n\r\n"),
              state::complete);
    EXPECT_EQ(decoder.header("Retry-After"), "120");
    EXPECT_EQ(decoder.header("Location"), "");
}

TEST(response_decoder_test, serves_one_response_after_the_other) {
    response_decoder decoder{response_decoder::limits()};
    for (int n = 0; n < 3; ++n) {
        ASSERT_EQ(decoder.feed("HTTP/1.1 503 x\r\nContent-Length: 2\r\n\r\nab"), state::complete);
        EXPECT_EQ(decoder.status(), 503);
        EXPECT_EQ(decoder.body_prefix(), "ab");
        EXPECT_TRUE(decoder.reusable());
        decoder.reset();
    }
}

TEST(response_decoder_test, what_one_response_said_does_not_count_for_the_next) {
    response_decoder decoder{response_decoder::limits()};
    const std::string head = "HTTP/1.1 429 x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    ASSERT_EQ(decoder.feed(head), state::complete);
    decoder.reset();
    EXPECT_FALSE(decoder.have_head());
    EXPECT_EQ(decoder.status(), 0);
    EXPECT_EQ(decoder.header("Retry-After"), "");

    // Alike at first, longer, shorter, behind an interim response, in pieces, and with a byte too many.
    ASSERT_EQ(decoder.feed("HTTP/1.1 429 x\r\nRetry-After: 7\r\nContent-Length: 1\r\n\r\n!"),
              state::complete);
    EXPECT_EQ(decoder.body_prefix(), "!");
    decoder.reset();
    ASSERT_EQ(decoder.feed("HTTP/1.1 204 x\r\n\r\n"), state::complete);
    EXPECT_EQ(decoder.header("Retry-After"), "");
    decoder.reset();
    ASSERT_EQ(decoder.feed("HTTP/1.1 100 x\r\n\r\n" + head), state::complete);
    decoder.reset();
    ASSERT_EQ(decoder.feed(head.substr(0, 20)), state::need_more);
    ASSERT_EQ(decoder.feed(head.substr(20)), state::complete);
    EXPECT_EQ(decoder.header("Retry-After"), "7");
    decoder.reset();
    ASSERT_EQ(decoder.feed(head + "!"), state::complete);
    EXPECT_EQ(decoder.status(), 429);
    EXPECT_EQ(decoder.header("Retry-After"), "7");
    EXPECT_FALSE(decoder.reusable());
    decoder.reset();
    EXPECT_EQ(decoder.feed_eof(), state::failed);
    decoder.reset();
    EXPECT_EQ(decoder.feed("HTTP/1.1 429 x\r\nRetry-After: 7\r\nContent-Length: 00\r\n\r\n"), state::failed);
}

TEST(response_decoder_test, a_chunked_body_begins_anew_with_each_response) {
    response_decoder decoder{response_decoder::limits()};
    const std::string head = "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n";
    ASSERT_EQ(decoder.feed(head + "2\r\nab\r\n0\r\n\r\n"), state::complete);
    decoder.reset();
    ASSERT_EQ(decoder.feed(head + "3\r\ncd"), state::need_more);  // the peer may still be given up
    decoder.reset();
    ASSERT_EQ(decoder.feed(head + "1\r\ne\r\n0\r\n\r\n"), state::complete);
    EXPECT_EQ(decoder.body_prefix(), "e");
    EXPECT_TRUE(decoder.reusable());
}

TEST(response_decoder_test, a_body_at_the_bound_is_complete) {
    response_decoder::limits limits;
    limits.max_body = 10;
    limits.max_kept = 4;
    response_decoder decoder(limits);
    EXPECT_EQ(decoder.feed("HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n0123456789"), state::complete);
    EXPECT_EQ(decoder.body_prefix(), "0123");
    decoder.reset();
    EXPECT_EQ(decoder.feed("HTTP/1.1 200 x\r\nContent-Length: 11\r\n\r\n0123456789"), state::need_more);
    EXPECT_EQ(decoder.feed("a"), state::truncated);
    EXPECT_FALSE(decoder.reusable());
}

}  // namespace
}  // namespace postrider::http
