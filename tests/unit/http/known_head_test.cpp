#include <postrider/http/decoder.h>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

/// What a header means does not depend on the one before it, however alike they are.
namespace postrider::http {
namespace {

using state = request_decoder::state;

std::string shown(const request& taken) {
    std::string text = taken.method + ' ' + taken.path + '?' + taken.query;
    for (const auto& [name, value] : taken.headers)
        text += '|' + name + '=' + value;
    return text + '|' + taken.body;
}

/// The requests, and the status of the fault that ended them, if one did.
std::vector<std::string> read(request_decoder& decoder, std::string_view bytes) {
    std::vector<std::string> all;
    decoder.feed(bytes);
    while (true) {
        const auto reached = decoder.advance();
        if (reached == state::have_head)
            decoder.accept_body(100);
        else if (reached == state::complete)
            all.push_back(shown(decoder.take()) + (decoder.keep_alive() ? "" : "|closes"));
        else if (reached == state::failed)
            all.push_back(std::to_string(decoder.fault().status));
        if (reached != state::have_head && reached != state::complete) return all;
    }
}

std::vector<std::string> read(std::string_view bytes) {
    request_decoder decoder({});
    return read(decoder, bytes);
}

const std::string before = "POST /api/events?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: ";
const std::string behind = "\r\nAuthorization: Bearer x\r\n\r\n";

TEST(known_head_test, the_same_header_with_another_length_is_read_however_it_is_cut) {
    const std::string first = before + "2" + behind + "{}";
    const std::string second = before + "12" + behind + "{\"data\":123}";
    const std::vector<std::string> expected{
        "POST /api/events?a=b|Host=a|Content-Length=2|Authorization=Bearer x|{}",
        "POST /api/events?a=b|Host=a|Content-Length=12|Authorization=Bearer x|{\"data\":123}",
        "POST /api/events?a=b|Host=a|Content-Length=2|Authorization=Bearer x|{}",
    };
    EXPECT_EQ(read(first + second + first), expected);
    for (std::size_t cut = 0; cut <= second.size(); ++cut) {
        request_decoder decoder({});
        auto all = read(decoder, first);
        for (const auto& piece : {second.substr(0, cut), second.substr(cut), first})
            for (auto& one : read(decoder, piece))
                all.push_back(std::move(one));
        ASSERT_EQ(all, expected) << "cut at " << cut;
    }
}

TEST(known_head_test, a_header_that_is_nearly_the_same_means_what_it_says) {
    const std::string first = before + "2" + behind + "{}";
    for (const std::string& second : std::vector<std::string>{
             before + "0" + behind,
             before + "02" + behind + "{}",
             before + "+2" + behind + "{}",
             before + "2 " + behind + "{}",
             before + "2, 2" + behind + "{}",
             before + behind + "{}",
             before + "101" + behind + "{}",
             before + "1234567890123456789" + behind + "{}",
             before + "2\r\nContent-Length: 3" + behind + "{}",
             before + "2\r\nTransfer-Encoding: chunked" + behind + "{}",
             before + "2\r\nExpect: 100-continue" + behind + "{}",
             before + "2\r\nConnection: close" + behind + "{}",
             before + "2\r\nAuthorization: Bearer y\r\n\r\n{}",
             before + "2\r\nAuthorization: Bearer x\r\nMore: z\r\n\r\n{}",
             before + "2\n" + behind + "{}",
             std::string("\r\n") + before + "2" + behind + "{}",
             std::string("POST /api/events?a=c HTTP/1.1\r\nHost: a\r\nContent-Length: 2") + behind + "{}",
             std::string("POST /api/events?a=b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked") + behind +
                 "2\r\n{}\r\n0\r\n\r\n",
         }) {
        const auto alone = read(second);
        std::vector<std::string> expected = read(first);
        expected.insert(expected.end(), alone.begin(), alone.end());
        EXPECT_EQ(read(first + second), expected) << second;
    }
}

TEST(known_head_test, a_header_that_a_longer_number_makes_too_large_is_refused) {
    const std::string first = before + "2" + behind + "{}";
    const std::string second = before + "10" + behind;
    request_decoder decoder({8192, first.size() - 2});
    EXPECT_EQ(read(decoder, first), read(first));
    EXPECT_EQ(read(decoder, second), std::vector<std::string>{"431"});
}

TEST(known_head_test, a_client_that_waits_for_100_is_told_where_there_was_no_body_before) {
    const std::string expecting = "\r\nExpect: 100-continue\r\n\r\n";
    request_decoder decoder({});
    ASSERT_EQ(read(decoder, before + "0" + expecting).size(), 1U);
    decoder.feed(before + "2" + expecting);
    ASSERT_EQ(decoder.advance(), state::have_head);
    EXPECT_TRUE(decoder.expects_continue());
}

TEST(known_head_test, another_field_whose_name_begins_like_it_is_not_taken_for_the_length) {
    const std::string odd = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length-Of: ";
    const std::string length = "\r\ncontent-length: 2\r\n\r\n";
    const std::vector<std::string> expected{"POST /?|Host=a|Content-Length-Of=2|content-length=2|{}",
                                            "POST /?|Host=a|Content-Length-Of=1|content-length=2|[]"};
    EXPECT_EQ(read(odd + "2" + length + "{}" + odd + "1" + length + "[]"), expected);
}

TEST(known_head_test, a_body_that_was_moved_away_leaves_the_next_request_whole) {
    request_decoder decoder({});
    const std::string bytes = before + "2" + behind + "{}";
    const auto alone = read(bytes);
    for (int n = 0; n < 3; ++n) {
        decoder.feed(bytes);
        while (decoder.advance() == state::have_head)
            decoder.accept_body(100);
        request& taken = decoder.take();
        EXPECT_EQ(shown(taken), alone.front());
        const std::string moved = std::move(taken.body);
        EXPECT_EQ(moved, "{}");
    }
}

std::string shown(const response_decoder& decoder, response_decoder::state reached) {
    std::string text = std::to_string(static_cast<int>(reached)) + ' ' + std::to_string(decoder.status());
    if (decoder.have_head())
        for (const auto& [name, value] : decoder.headers())
            text.append("|").append(name).append("=").append(value);
    text.append("|").append(decoder.body_prefix()).append(decoder.reusable() ? "|reusable|" : "|");
    return text.append(decoder.fault());
}

std::string answer(const std::string& date) {
    return "HTTP/1.1 200 OK\r\nServer: a\r\nDate: " + date + "\r\nContent-Length: 2\r\n\r\nok";
}

TEST(known_head_test, an_answer_of_another_second_means_what_it_says) {
    const std::string first = "Sun, 06 Nov 1994 08:49:37 GMT";
    const std::vector<std::string> dates{first,
                                         "Sun, 06 Nov 1994 08:49:38 GMT",
                                         "Sun, 06 Nov 1994 08:49:38 GM",
                                         "Sunday, 06-Nov-94 08:49:37 GMT",
                                         " un, 06 Nov 1994 08:49:38 GMT",
                                         "Sun, 06 Nov 1994 08:49:38 GM ",
                                         "Sun, 06 Nov\r1994 08:49:38 GMT",
                                         "Sun, 06 Nov\x01" + std::string("1994 08:49:38 GMT"),
                                         "Sun, 06 Nov\r\nX: 4 08:49:38 GMT",
                                         "Sun, 06 Nov\r\n\r\n94 08:49:38 GMT",
                                         "\xffun, 06 Nov 1994 08:49:38 GMT",
                                         ""};
    for (const std::string& date : dates) {
        response_decoder fresh({});
        const std::string expected = shown(fresh, fresh.feed(answer(date)));
        response_decoder used({});
        ASSERT_EQ(used.feed(answer(first)), response_decoder::state::complete);
        used.reset();
        EXPECT_EQ(shown(used, used.feed(answer(date))), expected) << date;
    }
}

}  // namespace
}  // namespace postrider::http
