#include "connect.h"

#include <postrider/net/deadline.h>

#include <boost/asio/error.hpp>

#include <utility>

namespace postrider::redis {

namespace asio = boost::asio;

namespace {

/// The first answer that fails the attempt, or why some are missing; empty when all is well.
std::string refusal_in(const greeting& words, const session::answers& answers) {
    for (std::size_t index = 0; index < answers.replies.size(); ++index) {
        auto refusal = words.refusal(index, answers.replies[index], !answers.failure.empty());
        if (!refusal.empty()) return refusal;
    }
    return answers.failure;
}

}  // namespace

connector::connector(asio::any_io_executor executor, net::resolver& resolver, std::size_t max_reply_bytes,
                     const time_source& time)
    : executor_(std::move(executor)), resolver_(resolver), max_reply_bytes_(max_reply_bytes), time_(time) {}

void connector::cancel() noexcept {
    cut();
}

void connector::cut() {
    cut_ = true;
    if (cut_step_) cut_step_();
}

asio::awaitable<connector::result> connector::connect(location where, greeting words, milliseconds within) {
    auto opened = co_await open(std::move(where), std::move(words), within);
    if (!opened) co_return unexpected<std::string>(std::move(opened.error()));
    co_return std::move(opened->made);
}

asio::awaitable<expected<reply, std::string>> connector::ask(location where, const char* name,
                                                             command question, milliseconds within) {
    greeting words(where);
    words.add(name, greeting::weight::needed, std::move(question));
    auto opened = co_await open(std::move(where), std::move(words), within);
    if (!opened) co_return unexpected<std::string>(std::move(opened.error()));
    opened->made->close();
    co_return std::move(opened->replies.back());
}

asio::awaitable<connector::greeted_result> connector::open(location where, greeting words,
                                                           milliseconds within) {
    ++attempts_;
    cut_ = false;
    net::deadline deadline(executor_);
    deadline.arm(within, [this] { cut(); });
    const auto explain = [&](const std::string& what) {
        return unexpected<std::string>(where.display() + ": " + (deadline.fired() ? "timed out: " : "") +
                                       what);
    };

    auto stream = co_await open_stream(where);
    if (!stream) co_return explain(stream.error());
    auto fresh = std::make_shared<session>(executor_, std::move(*stream), max_reply_bytes_, time_);
    cut_step_ = [&fresh] { fresh->close(); };
    auto answers = co_await fresh->exchange(words.commands());
    cut_step_ = nullptr;
    const std::string refusal = refusal_in(words, answers);
    if (!refusal.empty() || cut_) {
        fresh->close();
        co_return explain(refusal.empty() ? "given up" : refusal);
    }
    greeted out;
    out.made = std::move(fresh);
    out.replies = std::move(answers.replies);
    co_return std::move(out);
}

asio::awaitable<connector::stream_result> connector::open_stream(const location& where) {
    if (where.kind != location::transport::unix_socket) co_return co_await open_network(where);
    net::connect_handle handle;
    cut_step_ = [&handle] { handle.close(); };
    auto connected = co_await net::connect_unix(executor_, where.path, handle);
    cut_step_ = nullptr;
    if (!connected) co_return unexpected<std::string>(connected.error().detail);
    co_return std::move(*connected);
}

asio::awaitable<connector::stream_result> connector::open_network(const location& where) {
    if (const auto literal = ip_address::parse(where.host)) co_return co_await open_address(*literal, where);
    const auto found = co_await resolver_.resolve(where.host);
    if (!found) co_return unexpected<std::string>(found.error().detail);
    std::string failures;
    for (std::size_t tried = 0; tried < found->size() && !cut_; ++tried) {
        // Each attempt begins with another address: one that never answers uses up a whole attempt.
        auto stream = co_await open_address((*found)[(attempts_ + tried) % found->size()], where);
        if (stream) co_return stream;
        if (!failures.empty()) failures += "; ";
        failures += stream.error();
    }
    if (failures.empty()) failures = found->empty() ? "the name has no address" : "no time left to connect";
    co_return unexpected<std::string>(failures);
}

std::string connector::load_tls(const location& where) {
    if (tls_ && tls_authorities_ == where.ca_file) return {};
    tls_settings authorities;
    authorities.ca_file = where.ca_file;
    auto made = net::tls_context::make(authorities);
    if (!made) return made.error();
    tls_ = std::move(*made);
    tls_authorities_ = where.ca_file;
    return {};
}

asio::awaitable<net::connect_result> connector::dial(ip_address address, const location& where,
                                                     net::connect_handle& handle) {
    return where.kind == location::transport::tls
               ? net::connect_tls(executor_, address, where.port, tls_, where.host, handle)
               : net::connect_tcp(executor_, address, where.port, handle);
}

asio::awaitable<connector::stream_result> connector::open_address(ip_address address, const location& where) {
    if (where.kind == location::transport::tls) {
        const std::string fault = load_tls(where);
        if (!fault.empty()) co_return unexpected<std::string>(fault);
    }
    net::connect_handle handle;
    cut_step_ = [&handle] { handle.close(); };
    auto connected = co_await dial(address, where, handle);
    cut_step_ = nullptr;
    if (connected) co_return std::move(*connected);
    co_return unexpected<std::string>(connected.error().detail);
}

}  // namespace postrider::redis
