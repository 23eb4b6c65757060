#include <postrider/http/decoder.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::http {
namespace {

using state = request_decoder::state;

/// What came of a stream of bytes: the requests that were taken, and the fault that ended it, if one did.
struct outcome {
    std::vector<std::string> requests;  ///< "METHOD path?query|body"
    int fault = 0;
    bool in_the_middle = false;
    bool operator==(const outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const outcome& shown) {
    for (const auto& request : shown.requests)
        out << '[' << request << ']';
    return out << " fault " << shown.fault << (shown.in_the_middle ? " in the middle" : "");
}

class reader {
 public:
    explicit reader(request_decoder::limits limits = {}, std::uint64_t max_body = 1000)
        : decoder_(limits), max_body_(max_body) {}

    void feed(std::string_view bytes) {
        if (seen_.fault != 0) return;
        decoder_.feed(bytes);
        while (true) {
            switch (decoder_.advance()) {
                case state::have_head:
                    decoder_.accept_body(max_body_);
                    break;
                case state::complete:
                    remember(decoder_.take());
                    break;
                case state::failed:
                    EXPECT_TRUE(decoder_.fault().close);
                    seen_.fault = decoder_.fault().status;
                    return;
                case state::need_head:
                case state::need_body:
                    return;
            }
        }
    }

    outcome end() {
        seen_.in_the_middle = seen_.fault == 0 && decoder_.in_the_middle();
        return seen_;
    }

 private:
    void remember(const request& taken) {
        seen_.requests.push_back(taken.method + ' ' + taken.path + '?' + taken.query + '|' + taken.body);
    }

    request_decoder decoder_;
    std::uint64_t max_body_;
    outcome seen_;
};

outcome read(std::string_view bytes, request_decoder::limits limits = {}) {
    reader reader(limits);
    reader.feed(bytes);
    return reader.end();
}

void expect_however_cut(std::string_view bytes, const outcome& expected) {
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        reader reader;
        reader.feed(bytes.substr(0, cut));
        reader.feed(bytes.substr(cut));
        ASSERT_EQ(reader.end(), expected) << "cut at " << cut << " of " << bytes;
    }
    reader reader;
    for (const char& byte : bytes)
        reader.feed({&byte, 1});
    ASSERT_EQ(reader.end(), expected) << "byte by byte: " << bytes;
}

const std::string post = "POST /api/events HTTP/1.1\r\nHost: a\r\n";
const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";

TEST(request_decoder_test, reads_requests_however_they_are_cut) {
    expect_however_cut("GET /a?b=c?d HTTP/1.1\r\nHost: a\r\n\r\n", {{"GET /a?b=c?d|"}, 0, false});
    expect_however_cut(post + "Content-Length: 5\r\n\r\nhello", {{"POST /api/events?|hello"}, 0, false});
    expect_however_cut(post + "Content-Length: 0\r\n\r\n", {{"POST /api/events?|"}, 0, false});
    expect_however_cut(chunked + "5\r\nhello\r\n0\r\n\r\n", {{"POST /api/events?|hello"}, 0, false});
    expect_however_cut("\r\nGET / HTTP/1.0\r\nHost: a\r\n\r\n", {{"GET /?|"}, 0, false});
    expect_however_cut("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", {{"OPTIONS *?|"}, 0, false});
}

TEST(request_decoder_test, keeps_pipelined_requests_apart) {
    const std::string first = post + "Content-Length: 3\r\n\r\none";
    const std::string second = chunked + "3\r\ntwo\r\n0\r\n\r\n";
    expect_however_cut(first + second + "GET /x HTTP/1.1\r\nHost: a\r\n\r\n" + "GET /y HT",
                       {{"POST /api/events?|one", "POST /api/events?|two", "GET /x?|"}, 0, true});
}

TEST(request_decoder_test, refuses_faulty_requests_however_they_are_cut) {
    for (const std::string bytes : {
             "GET /\r\nHost: a\r\n\r\n",                      // HTTP/0.9
             "GET / HTTP/2.0\r\nHost: a\r\n\r\n",             // a version that is not spoken
             "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",              // the preface of HTTP/2
             "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",     // a proxy's form: two hosts to choose from
             "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",   // a tunnel
             "GET * HTTP/1.1\r\nHost: a\r\n\r\n",             // only OPTIONS asks for all
             "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",          // a fragment
             "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n",         // some read it as '/'
             "GET /caf\xC3\xA9 HTTP/1.1\r\nHost: a\r\n\r\n",  // bytes beyond ASCII
             "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",            // two blanks
             "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",            // a blank behind
             "GET / HTTP/1.1\nHost: a\n\n",                   // bare LF
             "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",     // more than one empty line before
             "GET / HTTP/1.1\r\n\r\n",                        // no host
             "GET / HTTP/1.1\r\nHost: a\r\nConnection: ,;\r\n\r\n"  // an odd list
         })
        expect_however_cut(bytes, {{}, 400, false});
    expect_however_cut(chunked + "5\nhello", {{}, 400, false});
    expect_however_cut(post + "Expect: a-miracle\r\nContent-Length: 1\r\n\r\n", {{}, 417, false});
}

TEST(request_decoder_test, knows_a_tls_handshake_by_its_first_byte) {
    EXPECT_EQ(read("\x16").fault, 400);
    EXPECT_EQ(read({"\0", 1}).fault, 400);
    EXPECT_EQ(read("\x80").fault, 400);
}

TEST(request_decoder_test, requests_before_a_faulty_one_are_taken) {
    expect_however_cut("GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/9.9\r\nHost: a\r\n\r\n",
                       {{"GET /x?|"}, 400, false});
}

TEST(request_decoder_test, bounds_everything) {
    const std::string long_path(9000, 'a');
    EXPECT_EQ(read("GET /" + long_path).fault, 414);
    EXPECT_EQ(read("GET /" + long_path + " HTTP/1.1\r\nHost: a\r\n\r\n").fault, 414);
    EXPECT_EQ(read(post + "X: " + std::string(17000, 'a')).fault, 431);
    EXPECT_EQ(read(post + "X: " + std::string(17000, 'a') + "\r\n\r\n").fault, 431);
    std::string fields;
    for (int n = 0; n < 63; ++n)
        fields += "X: y\r\n";
    EXPECT_EQ(read(post + fields + "\r\n").fault, 0);
    EXPECT_EQ(read(post + fields + "X: y\r\n").fault, 431) << "before the header's end is there";
    EXPECT_EQ(read(post + "Content-Length: 1001\r\n\r\n").fault, 413) << "before a byte of the body";
    EXPECT_EQ(read(post + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'a')).requests.size(), 1U);
    EXPECT_EQ(read(post + "Content-Length: 100000000000000000\r\n\r\n").fault, 413);
    EXPECT_EQ(read(chunked + "3e8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n").requests.size(), 1U);
    EXPECT_EQ(read(chunked + "3e8\r\n" + std::string(1000, 'a') + "\r\n1\r\na").fault, 413);
}

TEST(request_decoder_test, limits_are_the_callers) {
    request_decoder::limits limits;
    limits.max_start_line = 20;
    limits.max_head = 60;
    EXPECT_EQ(read("GET /12345 HTTP/1.1\r\nHost: a\r\n\r\n", limits).fault, 0);
    EXPECT_EQ(read("GET /1234567 HTTP/1.1\r\nHost: a\r\n\r\n", limits).fault, 414);
    EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\nX: 012345678901234567890123456789\r\n\r\n", limits).fault,
              431);
}

TEST(request_decoder_test, a_first_line_at_its_bound_is_taken_however_it_is_cut) {
    request_decoder::limits limits;
    limits.max_start_line = 20;
    const std::string request = "GET /123456 HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t cut = 0; cut <= request.size(); ++cut) {
        request_decoder decoder(limits);
        decoder.feed(request.substr(0, cut));
        EXPECT_NE(decoder.advance(), request_decoder::state::failed) << cut;
        decoder.feed(request.substr(cut));
        EXPECT_EQ(decoder.advance(), request_decoder::state::have_head) << cut;
    }
}

TEST(request_decoder_test, tells_what_the_server_asks) {
    request_decoder decoder{request_decoder::limits()};
    decoder.feed(post + "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n");
    ASSERT_EQ(decoder.advance(), state::have_head);
    EXPECT_EQ(decoder.head().header("host"), "a");
    EXPECT_EQ(decoder.content_length(), 5U);
    EXPECT_TRUE(decoder.expects_continue());
    EXPECT_TRUE(decoder.announces_body());
    EXPECT_TRUE(decoder.keep_alive());
    EXPECT_FALSE(decoder.has_unread_bytes());
    EXPECT_EQ(decoder.advance(), state::have_head) << "the body is not read before it is accepted";
    decoder.accept_body(5);
    decoder.feed("hello");
    EXPECT_EQ(decoder.advance(), state::complete);
    EXPECT_EQ(decoder.take().body, "hello");
    EXPECT_FALSE(decoder.in_the_middle());
}

TEST(request_decoder_test, http_1_0_and_close_end_the_connection) {
    for (const std::string_view bytes : {"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
                                         "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n"}) {
        request_decoder decoder{request_decoder::limits()};
        decoder.feed(bytes);
        ASSERT_EQ(decoder.advance(), state::have_head);
        EXPECT_FALSE(decoder.keep_alive());
    }
}

TEST(request_decoder_test, any_bytes_end_the_same_however_they_are_cut) {
    static const std::vector<std::string> fragments{"GET ",
                                                    "POST ",
                                                    "/",
                                                    " HTTP/1.1",
                                                    "\r\n",
                                                    "\n",
                                                    "\r",
                                                    "Host: a\r\n",
                                                    "Content-Length: ",
                                                    "5",
                                                    "0\r\n\r\n",
                                                    " ",
                                                    "Transfer-Encoding: chunked\r\n",
                                                    "hello",
                                                    ":",
                                                    "\r\n\r\n",
                                                    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"};
    EXPECT_TRUE(rc::check("cuts change nothing", [] {
        const auto picks = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 17));
        std::string bytes;
        for (const int pick : picks)
            bytes += fragments[static_cast<std::size_t>(pick)];
        const auto whole = read(bytes);
        const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
        reader reader;
        reader.feed(std::string_view(bytes).substr(0, cut));
        reader.feed(std::string_view(bytes).substr(cut));
        RC_ASSERT(reader.end() == whole);
    }));
}

TEST(append_response_test, writes_what_clients_read) {
    response answer;
    answer.status = 202;
    answer.body = "{}";
    answer.headers.emplace_back("Retry-After", "1");
    std::string out;
    append_response(out, answer, true);
    EXPECT_EQ(out,
              "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\nRetry-After: "
              "1\r\n\r\n{}");
    out.clear();
    append_response(out, answer, false, {"Date: x\r\n", true});
    EXPECT_EQ(out,
              "HTTP/1.1 202 Accepted\r\nDate: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
              "Retry-After: 1\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace postrider::http
