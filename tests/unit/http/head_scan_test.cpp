#include <postrider/http/head_scan.h>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace postrider::http {
namespace {

using namespace std::string_literals;

std::string request(std::string_view fields) {
    return "POST / HTTP/1.1\r\n" + std::string(fields) + "\r\n";
}

TEST(head_scan_test, lets_ordinary_requests_through) {
    for (const auto& fields : {
             "Host: localhost\r\n"s,
             "Host: localhost:8080\r\nContent-Length: 0\r\n"s,
             "host: [::1]:8080\r\nContent-Length: 12\r\nX: a\tb \r\n"s,
             "Host: 127.0.0.1\r\nTRANSFER-encoding:  Chunked \r\n"s,
             "Host: a_b.example.org\r\nEmpty:\r\n"s,
             "Host: h\r\nName: caf\xC3\xA9\r\n"s,
         })
        EXPECT_EQ(fault_in_request_head(request(fields)), std::nullopt) << fields;
}

struct attack {
    std::string_view stops;
    std::string fields;
};

class attacks : public ::testing::TestWithParam<attack> {};

TEST_P(attacks, are_refused) {
    EXPECT_NE(fault_in_request_head(request(GetParam().fields)), std::nullopt) << GetParam().stops;
}

/// Those that a receiver could play on us as well.
class attacks_of_both_sides : public attacks {};

TEST_P(attacks_of_both_sides, are_refused) {
    EXPECT_NE(fault_in_request_head(request(GetParam().fields)), std::nullopt) << GetParam().stops;
    EXPECT_NE(fault_in_response_head("HTTP/1.1 200 OK\r\n" + GetParam().fields + "\r\n"), std::nullopt)
        << GetParam().stops << ", in a response";
}

const std::string host = "Host: localhost\r\n";
INSTANTIATE_TEST_SUITE_P(
    framing, attacks_of_both_sides,
    ::testing::Values(attack{"CL.TE smuggling", host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
                      attack{"TE.CL smuggling", host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
                      attack{"a coding that Beast takes for none: the body would be the next request",
                             host + "Transfer-Encoding: xchunked\r\n"},
                      attack{"chunked that is not last", host + "Transfer-Encoding: chunked, identity\r\n"},
                      attack{"a coding before chunked", host + "Transfer-Encoding: gzip, chunked\r\n"},
                      attack{"an unknown coding alone", host + "Transfer-Encoding: gzip\r\n"},
                      attack{"an empty coding", host + "Transfer-Encoding:\r\n"},
                      attack{"chunked twice",
                             host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
                      attack{"a blank hides the coding from some", host + "Transfer-Encoding : chunked\r\n"},
                      attack{"a vertical tab hides it", host + "Transfer-Encoding: \vchunked\r\n"},
                      attack{"CL.CL, different", host + "Content-Length: 5\r\nContent-Length: 6\r\n"},
                      attack{"CL.CL, equal", host + "Content-Length: 5\r\nContent-Length: 5\r\n"},
                      attack{"a list of lengths", host + "Content-Length: 5, 5\r\n"},
                      attack{"a signed length", host + "Content-Length: +5\r\n"},
                      attack{"a hexadecimal length", host + "Content-Length: 0x5\r\n"},
                      attack{"a length that some read as octal", host + "Content-Length: 010\r\n"},
                      attack{"a length that overflows", host + "Content-Length: 18446744073709551621\r\n"},
                      attack{"an empty length", host + "Content-Length: \r\n"}));

INSTANTIATE_TEST_SUITE_P(
    lines, attacks_of_both_sides,
    ::testing::Values(
        attack{"obs-fold hides a header", host + "X: a\r\n Content-Length: 5\r\n"},
        attack{"obs-fold with a tab", host + "X: a\r\n\tb\r\n"},
        attack{"a fold in the first line", " " + host},
        attack{"bare LF as line end", "Host: localhost\nX: y\r\n"},
        attack{"bare CR as line end", host + "X: a\rContent-Length: 5\r\n"},
        attack{"CR before CRLF", host + "X: a\r\r\n"}, attack{"NUL in a value", host + "X: a\0b\r\n"s},
        attack{"NUL in a name", host + "X\0: a\r\n"s}, attack{"a control character", host + "X: a\x01\r\n"},
        attack{"DEL", host + "X: a\x7f\r\n"}, attack{"a blank before the colon", host + "X : a\r\n"},
        attack{"an empty name", host + ": a\r\n"}, attack{"a name that is no token", host + "X(Y): a\r\n"},
        attack{"a name beyond ASCII", host + "X\xC3\xA9: a\r\n"}, attack{"no colon", host + "X\r\n"},
        attack{"a request behind the empty line", host + "\r\nGET / HTTP/1.1\r\n"}));

INSTANTIATE_TEST_SUITE_P(hosts, attacks,
                         ::testing::Values(attack{"no host", "X: y\r\n"}, attack{"two hosts", host + host},
                                           attack{"an empty one", "Host: \r\n"},
                                           attack{"userinfo", "Host: localhost@evil.example\r\n"},
                                           attack{"a path", "Host: localhost/x\r\n"},
                                           attack{"a list", "Host: a, b\r\n"},
                                           attack{"a port that is no number", "Host: a:b\r\n"},
                                           attack{"an empty port", "Host: a:\r\n"},
                                           attack{"only a port", "Host: :80\r\n"},
                                           attack{"a broken literal", "Host: [::1\r\n"},
                                           attack{"IPv4 in brackets", "Host: [127.0.0.1]\r\n"},
                                           attack{"text behind the literal", "Host: [::1]x\r\n"}));

TEST(head_scan_test, chunked_does_not_exist_in_http_1_0) {
    EXPECT_NE(fault_in_request_head("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
              std::nullopt);
    EXPECT_NE(fault_in_response_head("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), std::nullopt);
    EXPECT_EQ(fault_in_response_head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), std::nullopt);
}

TEST(head_scan_test, bounds_the_number_of_fields) {
    std::string fields = host;
    for (std::size_t n = 1; n < max_request_fields; ++n)
        fields += "X: y\r\n";
    EXPECT_EQ(fault_in_request_head(request(fields)), std::nullopt);
    EXPECT_NE(fault_in_request_head(request(fields + "X: y\r\n")), std::nullopt);
}

TEST(head_scan_test, a_block_without_its_end_is_a_fault) {
    EXPECT_NE(fault_in_request_head(""), std::nullopt);
    EXPECT_NE(fault_in_request_head("GET / HTTP/1.1"), std::nullopt);
    EXPECT_NE(fault_in_request_head("GET / HTTP/1.1\r\nHost: a\r\n"), std::nullopt);
    EXPECT_NE(fault_in_request_head("GET / HTTP/1.1\nHost: a\n\n"), std::nullopt);
}

}  // namespace
}  // namespace postrider::http
