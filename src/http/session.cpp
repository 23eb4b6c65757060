#include "session.h"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace postrider::http {

namespace asio = boost::asio;
using decoding = request_decoder::state;

namespace {

constexpr std::size_t large_read = 65536;
/// Unread bytes at close would have the kernel send a reset, which may destroy the answer on its way.
constexpr milliseconds longest_linger{2000};
constexpr std::size_t most_lingered_bytes = std::size_t{8} * 1024 * 1024;
constexpr std::size_t largest_kept = 32768;
/// Answers of refusals gather until the next read or the next handler, but no more than this.
constexpr std::size_t most_coalesced = 65536;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

session::session(sessions_of_server& shared, std::unique_ptr<net::transport> transport, int descriptor,
                 ip_address peer)
    : shared_(shared),
      transport_(std::move(transport)),
      descriptor_(descriptor),
      peer_(peer),
      decoder_(shared.limits.decoder),
      deadline_(shared.executor) {}

session::session(sessions_of_server& shared, std::unique_ptr<net::accepted_tls> transport, int descriptor,
                 ip_address peer)
    : session(shared, std::unique_ptr<net::transport>(std::move(transport)), descriptor, peer) {
    tls_ = static_cast<net::accepted_tls*>(transport_.get());
}

asio::awaitable<void> session::run(visitor* visitor) {
    if (tls_ != nullptr) co_await shake_hands(visitor);
    co_await serve_requests();
    deadline_.disarm();
    transport_->close();
}

/// Until it is done nothing of a request is read, and nothing of an answer is written.
asio::awaitable<void> session::shake_hands(visitor* visitor) {
    wait_for(waiting::handshake);
    const auto fault = co_await tls_->handshake();
    if (fault == net::handshake_fault::none) co_return;
    ended_ = true;
    const bool cut_by_us = !deadline_.fired() && (leaving_ || shared_.stopping);
    if (visitor != nullptr && !cut_by_us) visitor->on_handshake_fault(fault, deadline_.fired());
}

asio::awaitable<void> session::serve_requests() {
    bool answered = false;
    while (!ended_) {
        if (close_after_ || out_.size() > most_coalesced) {
            if (!write_at_once()) co_await flush();
            if (close_after_) break;
        }
        const auto reached = decoder_.advance();
        if (reached == decoding::have_head) {
            admit();
        } else if (reached == decoding::failed) {
            unread_body_ = true;
            append_answer(decoder_.fault());
        } else {
            // Answers that wait go out before the client is waited for, and what is ready does not wait for
            // the handler, which may take its time.
            if (!write_at_once()) co_await flush();
            if (ended_) break;
            if (reached == decoding::complete) {
                request& request = take_request();
                const response answer = co_await shared_.answers.handle(request);
                append_answer(answer);
                answered = true;
                continue;
            }
            // A client that was answered asks again at once where it has more: after what is ready now it
            // often has, and a read that would find nothing is spared.
            if (std::exchange(answered, false)) co_await asio::post(shared_.executor, asio::deferred);
            const auto buffer = begin_reading(reached == decoding::need_body);
            if (buffer.empty()) break;
            const auto size = co_await transport_->read_some(buffer);
            end_reading(buffer, size);
        }
    }
    if (!ended_ && unread_body_ && !shared_.stopping && transport_->is_open()) co_await linger();
}

/// Where to read to; nowhere when nothing is to be read any more.
std::span<char> session::begin_reading(bool in_body) {
    const bool idle = !in_body && !decoder_.in_the_middle();
    if (idle && (shared_.stopping || leaving_)) {
        ended_ = true;
        return {};
    }
    wait_for(in_body ? waiting::body : idle ? waiting::idle : waiting::head);
    return read_buffer(idle);
}

void session::end_reading(std::span<char> buffer, expected<std::size_t, boost::system::error_code> size) {
    if (deadline_.fired() && waiting_ != waiting::idle) {
        auto answer =
            problem(408, "request_timeout",
                    waiting_ == waiting::body ? "the body came too slowly" : "the header came too slowly");
        answer.close = true;
        append_answer(answer);
    } else if (!size) {
        ended_ = true;
    } else {
        read_was_full_ = *size == buffer.size();
        decoder_.feed(std::string_view(buffer.data(), *size));
    }
}

void session::admit() {
    answers_head_ = decoder_.head().method == "HEAD";
    const auto most = shared_.answers.admit(decoder_.head(), decoder_.content_length());
    if (most) {
        decoder_.accept_body(*most);
        if (decoder_.expects_continue() && !decoder_.has_unread_bytes() &&
            decoder_.advance() == decoding::need_body)
            out_ += continue_line;
        return;
    }
    auto answer = most.error();
    answer.close = answer.close || decoder_.announces_body();
    unread_body_ = decoder_.announces_body();
    append_answer(answer);
    decoder_.accept_body(0);
    if (!close_after_ && decoder_.advance() == decoding::complete) (void)decoder_.take();
}

request& session::take_request() {
    request& request = decoder_.take();
    request.peer = peer_;
    request.over_tls = tls_ != nullptr;
    waiting_ = waiting::nothing;
    deadline_.disarm();
    return request;
}

void session::append_answer(const response& response) {
    const bool keep = decoder_.keep_alive() && !response.close && !shared_.stopping && !leaving_;
    response_options options;
    options.date_line = shared_.date.now();
    options.to_head = answers_head_;
    append_response(out_, response, keep, options);
    close_after_ = !keep;
    answers_head_ = false;
}

/// Whether nothing is left: nearly always the kernel takes all at once, and no deadline is needed for that.
/// What is waited for next has a deadline of its own.
bool session::write_at_once() {
    if (out_.empty()) return true;
    waiting_ = waiting::nothing;
    written_from_out(transport_->write_at_once(out_));
    return out_.empty();
}

asio::awaitable<void> session::flush() {
    wait_for(waiting::writing);
    const auto error = co_await transport_->write_all(out_);
    if (error) ended_ = true;
    written_from_out(out_.size());
}

void session::written_from_out(std::size_t bytes) {
    out_.erase(0, bytes);
    if (out_.empty() && out_.capacity() > largest_kept) out_.shrink_to_fit();
}

asio::awaitable<void> session::linger() {
    if (tls_ != nullptr) {
        tls_->end_writing();
    } else {
        ::shutdown(descriptor_, SHUT_WR);
    }
    wait_for(waiting::lingering);
    for (std::size_t taken = 0; taken < most_lingered_bytes;) {
        read_was_full_ = true;
        const auto buffer = read_buffer(false);
        const auto size = co_await transport_->read_some(buffer);
        if (!size) break;
        taken += *size;
    }
}

std::span<char> session::read_buffer(bool idle) {
    if (idle && !large_.empty()) {
        read_was_full_ = false;
        std::vector<char>().swap(large_);
    }
    if (read_was_full_ && large_.empty()) large_.resize(large_read);
    if (!large_.empty()) return large_;
    return small_;
}

/// Enters a phase and arms its deadline; staying in one leaves the deadline where it is.
void session::wait_for(waiting what) {
    if (what == waiting_) return;
    waiting_ = what;
    const auto& limits = shared_.limits;
    const auto longest = what == waiting::head        ? limits.header_timeout
                         : what == waiting::handshake ? limits.header_timeout
                         : what == waiting::body      ? limits.body_timeout
                         : what == waiting::lingering ? std::min(limits.idle_timeout, longest_linger)
                                                      : limits.idle_timeout;
    deadline_.arm(longest, [this] { on_deadline(); });
}

void session::on_deadline() noexcept {
    // Once closed, the number may be another connection's.
    if (!transport_->is_open()) return;
    if (waiting_ == waiting::head || waiting_ == waiting::body) {
        // Ends the read that is pending, but leaves the way open for the 408.
        ::shutdown(descriptor_, SHUT_RD);
    } else {
        transport_->close();
    }
}

void session::begin_stop() {
    if (waiting_ == waiting::idle || waiting_ == waiting::lingering || waiting_ == waiting::handshake)
        transport_->close();
}

void session::leave() {
    leaving_ = true;
    begin_stop();
}

void session::cut() noexcept {
    transport_->close();
}

}  // namespace postrider::http
