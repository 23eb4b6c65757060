#include "tunnel.h"

#include <postrider/http/decoder.h>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace postrider::delivery {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// The answer to CONNECT, which ends with its header block: what follows a 2xx is the receiver's, whatever
/// the header says of a body (RFC 9110 section 9.3.6).
struct connect_answer {
    explicit connect_answer(http::response_decoder::limits limits) : decoder(limits) {}
    http::response_decoder decoder;
    bool has_more = false;  ///< bytes behind the block, although we said nothing yet
    error_code error;       ///< that reading ended with

    /// True: the block is whole, or there will be none.
    bool take(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto line = bytes.substr(0, bytes.find('\n') + 1);  // npos + 1 is 0: no line ends here
            const auto piece = line.empty() ? bytes : line;
            const auto state = decoder.feed(piece);
            bytes.remove_prefix(piece.size());
            if (!decoder.have_head() && state != http::response_decoder::state::failed) continue;
            has_more = !bytes.empty();
            return true;
        }
        return false;
    }
};

/// Wiped when it goes: it may hold a password.
secret request_for(const forward_proxy& proxy, const std::string& destination) {
    std::string text = "CONNECT " + destination + " HTTP/1.1\r\nHost: " + destination + "\r\n";
    text.reserve(text.size() + proxy.credentials.reveal().size() + 32);
    if (!proxy.credentials.empty())
        text.append("Proxy-Authorization: ").append(proxy.credentials.reveal()).append("\r\n");
    text += "\r\n";
    return secret(std::move(text));
}

http::response_decoder::limits strict() {
    http::response_decoder::limits limits;
    limits.max_body = limits.max_kept = 0;
    limits.max_interim = 0;
    return limits;
}

asio::awaitable<void> read_answer(net::transport& from, connect_answer& into) {
    std::array<char, 1024> buffer;
    for (bool whole = false; !whole;) {
        const auto got = co_await from.read_some(std::span(buffer));
        if (!got) {
            into.error = got.error();
            break;
        }
        whole = into.take(std::string_view(buffer.data(), *got));
    }
}

tunnel_failure failure(tunnel_failure::kind what, std::string detail) {
    return {what, std::move(detail)};
}

std::optional<tunnel_failure> judge(const connect_answer& answer) {
    using enum tunnel_failure::kind;
    if (!answer.decoder.fault().empty())
        return failure(proxy, "its answer to CONNECT is none: " + std::string(answer.decoder.fault()));
    if (answer.error == asio::error::eof)
        return failure(proxy, "it closed the connection without an answer to CONNECT");
    if (answer.error) return failure(proxy, "no answer to CONNECT: " + answer.error.message());
    const int status = answer.decoder.status();
    if (status == 407)
        return failure(credentials,
                       "it answered CONNECT with 407: it wants other credentials, or denies the destination");
    if (status < 200 || status > 299)
        return failure(destination, "it answered CONNECT with " + std::to_string(status));
    if (answer.has_more) return failure(proxy, "its answer to CONNECT has bytes behind its header");
    return std::nullopt;
}

}  // namespace

asio::awaitable<std::optional<tunnel_failure>> open_tunnel(net::transport& over, const forward_proxy& proxy,
                                                           std::string destination) {
    const secret request = request_for(proxy, destination);
    connect_answer answer(strict());
    answer.error = co_await over.write_all(request.reveal());
    if (!answer.error) co_await read_answer(over, answer);
    co_return judge(answer);
}

}  // namespace postrider::delivery
