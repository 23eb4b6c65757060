#include "conversation.h"

#include <postrider/http/decoder.h>
#include <postrider/net/deadline.h>
#include <postrider/net/transport.h>
#include <postrider/runtime/shard.h>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace postrider::cli {

namespace {

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// The state of one conversation; everything happens on the caller's thread, inside `run`.
class exchange {
 public:
    explicit exchange(const conversation& conversation)
        : conversation_(conversation),
          deadline_(io_.get_executor()),
          decoder_({.max_head = 16384, .max_body = max_answer_bytes, .max_kept = max_answer_bytes}) {}

    expected<daemon_answer, silence> run() {
        deadline_.arm(conversation_.timeout, [this] {
            handle_.close();
            if (transport_) transport_->close();
        });
        // A disarmed deadline still has its timer, which must not hold up the end.
        runtime::spawn(io_.get_executor(), "client", talk(), [this] { io_.stop(); });
        io_.run();
        transport_.reset();
        if (deadline_.fired())
            fail("nothing within " + std::to_string(conversation_.timeout.count()) + " ms");
        return std::move(result_);
    }

 private:
    using state = http::response_decoder::state;

    boost::asio::awaitable<void> talk() {
        for (const auto& address : conversation_.addresses) {
            if (transport_ || deadline_.fired()) break;
            co_await connect(address);
        }
        if (!transport_) co_return;
        sent_ = true;
        const auto fault = co_await transport_->write_all(conversation_.request);
        // A daemon that refuses early answers before it read all; that answer is worth more than the fault.
        co_await read_answer(fault);
    }

    boost::asio::awaitable<void> connect(ip_address address) {
        // Not a conditional expression: GCC 12 destroys the arguments of its branches twice.
        if (conversation_.tls) {
            auto connected = co_await net::connect_tls(io_.get_executor(), address, conversation_.url.port,
                                                       conversation_.tls, conversation_.url.host, handle_);
            keep(std::move(connected));
        } else {
            auto connected =
                co_await net::connect_tcp(io_.get_executor(), address, conversation_.url.port, handle_);
            keep(std::move(connected));
        }
    }

    void fail(std::string reason) { result_ = unexpected<silence>(silence{sent_, std::move(reason)}); }

    void keep(net::connect_result connected) {
        if (connected) {
            transport_ = std::move(*connected);
            return;
        }
        const auto& error = connected.error();
        const bool handshake = error.where == net::connect_error::step::handshake;
        fail(handshake ? "TLS: " + error.detail : lower_case(error.code.message()));
    }

    boost::asio::awaitable<void> read_answer(boost::system::error_code write_fault) {
        state reached = state::need_more;
        boost::system::error_code fault;
        while (reached == state::need_more && !fault) {
            const auto count = co_await transport_->read_some(buffer_);
            if (count) {
                reached = decoder_.feed(std::string_view(buffer_.data(), *count));
            } else {
                fault = count.error();
            }
        }
        if (fault == boost::asio::error::eof) {
            reached = decoder_.feed_eof();
            fault.clear();
        }
        finish(reached, write_fault ? write_fault : fault);
    }

    void finish(state reached, boost::system::error_code fault) {
        if (reached == state::complete || reached == state::truncated) {
            result_ = daemon_answer{decoder_.status(), std::string(decoder_.body_prefix()),
                                    std::string(decoder_.header("Retry-After"))};
        } else if (fault) {
            fail(lower_case(fault.message()));
        } else {
            fail("it does not speak HTTP as Postrider does: " + std::string(decoder_.fault()));
        }
    }

    const conversation& conversation_;
    boost::asio::io_context io_{1};
    net::deadline deadline_;
    net::connect_handle handle_;
    std::unique_ptr<net::transport> transport_;
    http::response_decoder decoder_;
    std::array<char, 16384> buffer_{};
    bool sent_ = false;
    expected<daemon_answer, silence> result_ = unexpected<silence>(silence{false, "the host has no address"});
};

}  // namespace

expected<daemon_answer, silence> converse(const conversation& conversation) {
    return exchange(conversation).run();
}

}  // namespace postrider::cli
