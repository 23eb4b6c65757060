#include "attempt_run.h"

#include "kept_headers.h"
#include "request.h"

#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace postrider::delivery {

namespace asio = boost::asio;
using boost::system::error_code;
using decoder_state = http::response_decoder::state;

namespace {
constexpr std::size_t most_retry_after = 64;

/// Lets a coroutine wait.
struct awaited_end final : attempt_end {
    explicit awaited_end(const asio::any_io_executor& executor) : told(executor) {}
    void on_ended(attempt_result& ended) override {
        result = std::move(ended);
        told.notify_all();
    }
    runtime::signal told;
    std::optional<attempt_result> result;
};
}  // namespace

asio::awaitable<attempt_result> sender::run::wait_for_end(std::shared_ptr<impl> sender, order what) {
    const auto end = std::make_shared<awaited_end>(sender->tools.executor);
    std::make_shared<run>(sender, std::move(what), end)->begin();
    while (!end->result)
        co_await end->told.wait();
    co_return std::move(*end->result);
}

void sender::run::begin() {
    began_ = sender_->time.monotonic_now();
    sender_->flights.push_back(flight_);
    auto runtime = sender_->runtime_of(order_.endpoint);
    if (!runtime) {
        result_.error = transport_error::local;
        result_.detail = std::move(runtime.error());
        return end(began_);
    }
    runtime_ = std::move(*runtime);
    exchange_.limit = order_.endpoint->timeout.read;
    with_ = sender_->take_kept(*runtime_, began_);
    if (!with_) return connect();
    result_.reused_connection = true;
    exchange_over();
}

void sender::run::connect() {
    runtime::spawn(sender_->tools.executor, "connect", connect_and_go_on(shared_from_this()));
}

asio::awaitable<void> sender::run::connect_and_go_on(std::shared_ptr<run> self) {
    self->with_ = co_await self->sender_->connect(*self->runtime_, self->flight_, self->result_);
    if (self->with_)
        self->exchange_over();
    else
        self->end(self->sender_->time.monotonic_now());
}

void sender::run::exchange_over() {
    request_buffer& request = sender_->request;
    build_request(request, runtime_->constant_head, *order_.event, order_.number, order_.span_id,
                  sender_->time.wall_now(), runtime_->authenticator);
    // As late as can be: whoever sleeps behind this line sends when it wakes.
    if (!whom_->may_go_out()) return withdraw();
    const endpoint& to = *runtime_->endpoint;
    if (to.records.log_payloads)
        result_.request_headers = kept_request_headers(request.text, to.authentications);
    with_->decoder.reset();
    flight_.interrupt = [this] { with_->stream->close(); };
    with_->deadline.arm(exchange_.limit, [this] { flight_.interrupt(); });
    write();
    read_soon();
}

void sender::run::withdraw() {
    sender_->request.clear();
    const monotonic_time now = sender_->time.monotonic_now();
    sender_->pool.give_back(std::move(with_), now);
    result_.error = transport_error::local;
    result_.detail = "withdrawn before the request went out";
    end(now);
}

/// Nearly always all of it goes out at once. What does not is written while the answer is read: that may come
/// before the end of the body, as it may after a write that failed, from a receiver that answered and closed.
void sender::run::write() {
    request_buffer& request = sender_->request;
    const std::size_t sent = with_->stream->write_at_once(request.text);
    exchange_.written = sent == request.text.size();
    if (!exchange_.written) {
        exchange_.writing = true;
        with_->request.swap(request);
        with_->stream->write(std::string_view(with_->request.text).substr(sent), shared_from_this());
    }
    request.clear();
}

/// After what is ready now, all other requests among it: by then most answers are there, and a read that
/// would find nothing is spared.
void sender::run::read_soon() {
    sender_->asked.add(sender_->tools.executor, shared_from_this(),
                       [](std::vector<std::shared_ptr<run>> all) {
                           for (auto& one : all)
                               std::exchange(one, nullptr)->read();
                       });
}

void sender::run::read() {
    auto& buffer = *with_->buffer;
    const std::size_t room = std::min(buffer.size(), sender_->config.max_response_bytes - exchange_.received);
    if (room == 0) return end_reading();
    with_->stream->read(std::span(buffer.data(), room), shared_from_this());
}

/// Answers that came in the same turn are looked at one after another.
void sender::run::on_read(const error_code& error, std::size_t size) {
    sender_->answers.add(sender_->tools.executor, {shared_from_this(), error, size},
                         [](std::vector<impl::answer> all) {
                             for (impl::answer& came : all)
                                 std::exchange(came.whose, nullptr)->take_read(came.error, came.size);
                         });
}

void sender::run::take_read(const error_code& error, std::size_t size) {
    if (error) {
        exchange_.error = error;
        if (error == asio::error::eof) static_cast<void>(with_->decoder.feed_eof());
        return end_reading();
    }
    exchange_.received += size;
    const decoder_state state = with_->decoder.feed(std::string_view(with_->buffer->data(), size));
    if (state == decoder_state::need_more) return read();
    exchange_.complete = state == decoder_state::complete;
    end_reading();
}

void sender::run::end_reading() {
    exchange_.read = true;
    if (!exchange_.writing) return end_exchange();
    with_->stream->close();
}

void sender::run::on_written(const error_code& error) {
    exchange_.writing = false;
    exchange_.written = !error;
    if (exchange_.read) end_exchange();
}

void sender::run::end_exchange() {
    with_->deadline.disarm();
    flight_.interrupt = [] {};
    const bool by_us = with_->deadline.fired() || flight_.cut;
    take_response();
    const monotonic_time now = sender_->time.monotonic_now();
    if (exchange_.complete && exchange_.written && with_->decoder.reusable() && with_->stream->is_open())
        sender_->pool.give_back(std::move(with_), now);
    with_ = {};
    // A kept connection that dies without a byte of response was most likely closed while idle, so the
    // attempt goes on once more on a fresh one. Both exchanges together keep to the deadline of one.
    const bool died = result_.error != transport_error::none && exchange_.received == 0 && !by_us;
    if (!died || !result_.reused_connection) return end(now);
    result_ = {};
    const milliseconds left = exchange_.limit - std::chrono::floor<milliseconds>(now - began_);
    exchange_ = {};
    exchange_.limit = left;
    connect();
}

void sender::run::take_response() {
    const http::response_decoder& response = with_->decoder;
    if (!response.have_head()) {
        exchange_failure why = explain(*with_, exchange_);
        result_.error = why.error;
        result_.detail = std::move(why.detail);
        return;
    }
    result_.status = static_cast<std::uint16_t>(response.status());
    if (classify(result_) != attempt_status::success)
        result_.retry_after = response.header("Retry-After").substr(0, most_retry_after);
    result_.body_prefix = response.body_prefix();
    if (runtime_->endpoint->records.log_responses) result_.response_headers = kept_response_headers(response);
}

void sender::run::end(monotonic_time now) {
    if (runtime_) runtime_->last_use = now;
    if (flight_.cut && result_.error != transport_error::none) {
        result_.error = transport_error::local;
        result_.detail = "cut at shutdown";
        result_.for_operators.clear();
    }
    if (result_.error == transport_error::local) result_.own_fault = true;
    result_.duration = std::chrono::duration_cast<milliseconds>(now - began_);
    result_.span_id = order_.span_id;
    flight_.unlink();
    std::exchange(whom_, nullptr)->on_ended(result_);
}

}  // namespace postrider::delivery
