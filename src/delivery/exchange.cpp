#include "exchange.h"

#include "duration_text.h"

#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>

namespace postrider::delivery {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using decoder_state = http::response_decoder::state;

/// A request up to this fits into an empty socket's buffer, so that writing it never waits for the receiver
/// to read. A larger one is written while the answer is read: it may come before the end of the body.
constexpr std::size_t most_written_first = 16UL * 1024;

/// What reading ended with; no error: the decoder said so, or the bound was reached.
struct reading {
    error_code error;
    std::size_t received = 0;
    bool complete = false;
};

asio::awaitable<reading> read_response(connection& with, std::size_t most_bytes) {
    auto& buffer = with.read_buffer;
    reading so_far;
    while (so_far.received < most_bytes) {
        const std::span room(buffer.data(), std::min(buffer.size(), most_bytes - so_far.received));
        const auto got = co_await with.stream->read_some(room);
        if (!got) {
            so_far.error = got.error();
            if (so_far.error == asio::error::eof) static_cast<void>(with.decoder.feed_eof());
            break;
        }
        so_far.received += *got;
        const decoder_state state = with.decoder.feed(std::string_view(buffer.data(), *got));
        if (state == decoder_state::need_more) continue;
        so_far.complete = state == decoder_state::complete;
        break;
    }
    co_return so_far;
}

/// A write that goes on beside the reading.
struct writing {
    explicit writing(const asio::any_io_executor& executor) : ended(executor) {}
    runtime::signal ended;
    bool done = false;
    error_code error;
};

asio::awaitable<void> write_beside(connection* with, std::shared_ptr<writing> state) {
    state->error = co_await with->stream->write_all(with->request);
    state->done = true;
    state->ended.notify_all();
}

/// Whether the request was written whole while the response came is left in `written`.
asio::awaitable<reading> send_and_read(asio::any_io_executor executor, connection& with,
                                       std::size_t most_bytes, bool& written) {
    if (with.request.size() <= most_written_first) {
        // Also after a failed write: a receiver may have answered before it closed.
        const error_code error = co_await with.stream->write_all(with.request);
        written = !error;
        co_return co_await read_response(with, most_bytes);
    }
    const auto beside = std::make_shared<writing>(executor);
    runtime::spawn(executor, "write request", write_beside(&with, beside));
    const reading end = co_await read_response(with, most_bytes);
    written = beside->done && !beside->error;
    if (!beside->done) with.stream->close();
    while (!beside->done)
        co_await beside->ended.wait();
    co_return end;
}

exchange_end failure(transport_error error, std::string detail) {
    exchange_end end;
    end.error = error;
    end.detail = std::move(detail);
    return end;
}

exchange_end explain(const connection& with, const reading& read, milliseconds limit) {
    if (with.deadline.fired())
        return failure(transport_error::timeout, "no response header within " + to_text(limit));
    if (!read.error && with.decoder.fault().empty())
        return failure(transport_error::protocol,
                       "no response header within " + std::to_string(read.received) + " bytes");
    if (!read.error)
        return failure(transport_error::protocol, "response: " + std::string(with.decoder.fault()));
    if (read.error == asio::error::eof)
        return failure(transport_error::disconnected,
                       read.received == 0 ? "connection closed before a response"
                                          : "connection closed before a complete response header");
    // Such as the alert of a peer that wanted a client certificate: in TLS 1.3 it comes after the handshake.
    if (read.error.category() == asio::error::get_ssl_category())
        return failure(transport_error::tls, "TLS: " + read.error.message());
    return failure(transport_error::disconnected,
                   "connection lost before a response: " + read.error.message());
}

}  // namespace

asio::awaitable<exchange_end> exchange(asio::any_io_executor executor, connection& with, flight& flight,
                                       milliseconds limit, std::size_t most_bytes) {
    with.decoder.reset();
    const flight::stage stage(flight, [&with] { with.stream->close(); });
    with.deadline.arm(limit, [&flight] { flight.interrupt(); });
    bool written = false;
    const reading read = co_await send_and_read(executor, with, most_bytes, written);
    with.deadline.disarm();
    exchange_end end;
    if (!with.decoder.have_head()) end = explain(with, read, limit);
    end.gave_bytes = read.received > 0;
    end.by_us = with.deadline.fired() || flight.cut;
    end.reusable = read.complete && written && with.decoder.reusable() && with.stream->is_open();
    co_return end;
}

}  // namespace postrider::delivery
