#include <gtest/gtest.h>
#include <http/chunk_line.h>
#include <http/chunked_body.h>

#include <string>
#include <string_view>

namespace postrider::http {
namespace {

using step = chunked_body::step;

struct result {
    step end;
    std::string body;
    std::string left;
    bool operator==(const result&) const = default;
};

/// Feeds `bytes` in two parts.
result read(std::string_view bytes, std::size_t cut) {
    chunked_body chunks;
    result out{step::need_more, {}, {}};
    for (auto part : {bytes.substr(0, cut), bytes.substr(cut)}) {
        std::string_view piece;
        while ((out.end = chunks.next(part, piece)) == step::data)
            out.body += piece;
        out.left += part;
        if (out.end == step::bad) break;
    }
    return out;
}

void expect_everywhere(std::string_view bytes, const result& expected) {
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        const auto got = read(bytes, cut);
        EXPECT_EQ(got.end, expected.end) << bytes << " cut at " << cut;
        if (expected.end != step::done) continue;
        EXPECT_EQ(got.body, expected.body);
        EXPECT_EQ(got.left, expected.left);
    }
}

TEST(chunked_body_test, takes_the_body_out_and_leaves_the_next_message) {
    expect_everywhere("5\r\nhello\r\n0006\r\n world\r\n0\r\n\r\nPOST", {step::done, "hello world", "POST"});
    expect_everywhere("a;x;y=1;z=\"q\\\"\";  w = v\r\n0123456789\r\n000\r\nTrailer: x\r\n\r\n",
                      {step::done, "0123456789", ""});
    expect_everywhere("0\r\n\r\n", {step::done, "", ""});
}

/// Not only when the line that they begin ends: a stream is told the same however it is cut.
TEST(chunked_body_test, refuses_other_bytes_behind_the_data_at_once) {
    for (const std::string_view odd :
         {"5\r\nhelloX", "5\r\nhello\rX", "5\r\nhello\r\r", "5\r\nhello\r\x12\r]"})
        expect_everywhere(odd, {step::bad, "hello", ""});
}

TEST(chunked_body_test, refuses_what_another_reader_could_read_otherwise) {
    for (const std::string_view odd : {
             "5\nhello\r\n0\r\n\r\n",           // bare LF ends the size for some
             "5\r\nhello\n0\r\n\r\n",           // ... and the data
             "5\r\nhello0\r\n\r\n",             // no CRLF behind the data
             "5\r\nhelloXX0\r\n\r\n",           // two other bytes in its place (CVE-2025-22871's kin)
             "0x5\r\nhello\r\n0\r\n\r\n",       // a prefix that strtoul takes
             "+5\r\nhello\r\n0\r\n\r\n",        // a sign that strtoul takes
             " 5\r\nhello\r\n0\r\n\r\n",        // a blank that strtoul skips
             "5 \r\nhello\r\n0\r\n\r\n",        // a blank behind, without extension
             "\r\nhello\r\n0\r\n\r\n",          // no size
             "-1\r\nhello\r\n0\r\n\r\n",        // a negative one
             "10000000000000005\r\nhello\r\n",  // wraps to 5 in 64 bits
             "5;\r\nhello\r\n0\r\n\r\n",        // an extension without name
             "5;a=\r\nhello\r\n0\r\n\r\n",      // ... without value
             "5;a=\"x\r\nhello\r\n0\r\n\r\n",   // a quote that does not end
             "5;a\rb\r\nhello\r\n0\r\n\r\n",    // a bare CR in an extension
             "0\r\nbad trailer\r\n\r\n",        // a trailer without colon
             "0\r\n folded: x\r\n\r\n",         // a folded one
             "0\r\nX: a\n\r\n",                 // one that ends in LF
         })
        expect_everywhere(odd, {step::bad, {}, {}});
}

TEST(chunked_body_test, bounds_lines_and_what_they_cost) {
    EXPECT_EQ(read("5;" + std::string(2000, 'a'), 0).end, step::bad);
    std::string drip;
    for (int n = 0; n < 100; ++n)
        drip += "1;" + std::string(500, 'a') + "\r\nx\r\n";
    EXPECT_EQ(read(drip, 0).end, step::bad);
    std::string trailers = "0\r\n";
    for (int n = 0; n < 2000; ++n)
        trailers += "Name: value\r\n";
    EXPECT_EQ(read(trailers, 0).end, step::bad);
}

TEST(chunked_body_test, small_chunks_are_no_fault) {
    std::string bytes;
    for (int n = 0; n < 50000; ++n)
        bytes += "1\r\nx\r\n";
    const auto got = read(bytes + "0\r\n\r\n", 0);
    EXPECT_EQ(got.end, step::done);
    EXPECT_EQ(got.body.size(), 50000U);
}

TEST(chunk_line_test, reads_sizes_of_up_to_fifteen_digits) {
    EXPECT_EQ(read_chunk_line("fF"), 255U);
    EXPECT_EQ(read_chunk_line("0"), 0U);
    EXPECT_EQ(read_chunk_line("fffffffffffffff"), 0xfffffffffffffffU);
    EXPECT_EQ(read_chunk_line("0000000000000001"), std::nullopt);
    EXPECT_EQ(read_chunk_line(""), std::nullopt);
    EXPECT_EQ(read_chunk_line("g"), std::nullopt);
}

}  // namespace
}  // namespace postrider::http
