#include "connect.h"

#include <postrider/net/deadline.h>

#include <boost/asio/error.hpp>

#include <utility>

namespace postrider::redis {

namespace asio = boost::asio;

namespace {

/// The commands that open every connection, and how an error reply to one of them is taken.
struct greeting {
    enum class weight : std::uint8_t {
        needed,  ///< any error reply fails the attempt
        polite,  ///< may be forbidden to this user, but not unauthenticated or loading
    };
    std::vector<command> commands;
    std::vector<std::pair<const char*, weight>> names;

    void add(const char* name, weight importance, command text) {
        commands.push_back(std::move(text));
        names.emplace_back(name, importance);
    }
};

greeting greeting_for(const client_settings& settings, const std::vector<command>& preamble) {
    const location& where = settings.where;
    greeting out;
    if (!where.username.empty())
        out.add("AUTH", greeting::weight::needed, command("AUTH", where.username, where.password.reveal()));
    else if (!where.password.empty())
        out.add("AUTH", greeting::weight::needed, command("AUTH", where.password.reveal()));
    if (where.database != 0) out.add("SELECT", greeting::weight::needed, command("SELECT", where.database));
    out.add("CLIENT SETNAME", greeting::weight::polite, command("CLIENT", "SETNAME", settings.name));
    for (const command& each : preamble)
        out.add("the preamble", greeting::weight::needed, each);
    // Not before it answers is it connected: a server that still loads its data says so here.
    out.add("PING", greeting::weight::polite, command("PING"));
    return out;
}

bool is_refusal(const reply& answer, greeting::weight importance) {
    if (!answer.is_error()) return false;
    if (importance == greeting::weight::needed) return true;
    return !answer.text().starts_with("NOPERM") && !answer.text().starts_with("ERR");
}

}  // namespace

connector::connector(asio::any_io_executor executor, net::resolver& resolver, const client_settings& settings,
                     std::vector<command> preamble, const time_source& time)
    : executor_(std::move(executor)),
      resolver_(resolver),
      settings_(settings),
      preamble_(std::move(preamble)),
      time_(time) {}

void connector::cancel() {
    cut();
}

void connector::cut() {
    cut_ = true;
    if (cut_step_) cut_step_();
}

asio::awaitable<connector::result> connector::connect() {
    ++attempts_;
    cut_ = false;
    net::deadline deadline(executor_);
    deadline.arm(settings_.connect_timeout, [this] { cut(); });
    const auto explain = [&](const std::string& what) {
        return unexpected<std::string>(settings_.where.display() + ": " +
                                       (deadline.fired() ? "timed out: " : "") + what);
    };

    auto stream = co_await open_stream();
    if (!stream) co_return explain(stream.error());
    auto fresh = std::make_shared<session>(executor_, std::move(*stream), settings_.max_reply_bytes, time_);
    cut_step_ = [&fresh] { fresh->close(); };
    const std::string refusal = co_await greet(fresh);
    cut_step_ = nullptr;
    if (refusal.empty() && !cut_) co_return fresh;
    fresh->close();
    co_return explain(refusal.empty() ? "given up" : refusal);
}

asio::awaitable<connector::stream_result> connector::open_stream() {
    if (settings_.where.kind != location::transport::unix_socket) co_return co_await open_network();
    net::connect_handle handle;
    cut_step_ = [&handle] { handle.close(); };
    auto connected = co_await net::connect_unix(executor_, settings_.where.path, handle);
    cut_step_ = nullptr;
    if (!connected) co_return unexpected<std::string>(connected.error().detail);
    co_return std::move(*connected);
}

asio::awaitable<connector::stream_result> connector::open_network() {
    if (const auto literal = ip_address::parse(settings_.where.host))
        co_return co_await open_address(*literal);
    const auto found = co_await resolver_.resolve(settings_.where.host);
    if (!found) co_return unexpected<std::string>(found.error().detail);
    std::string failures;
    for (std::size_t tried = 0; tried < found->size() && !cut_; ++tried) {
        // Each attempt begins with another address: one that never answers uses up a whole attempt.
        auto stream = co_await open_address((*found)[(attempts_ + tried) % found->size()]);
        if (stream) co_return stream;
        if (!failures.empty()) failures += "; ";
        failures += stream.error();
    }
    if (failures.empty()) failures = found->empty() ? "the name has no address" : "no time left to connect";
    co_return unexpected<std::string>(failures);
}

std::string connector::load_tls() {
    if (settings_.where.kind != location::transport::tls || tls_) return {};
    tls_settings authorities;
    authorities.ca_file = settings_.where.ca_file;
    auto made = net::tls_context::make(authorities);
    if (!made) return made.error();
    tls_ = std::move(*made);
    return {};
}

asio::awaitable<net::connect_result> connector::dial(ip_address address, net::connect_handle& handle) {
    const location& where = settings_.where;
    return tls_ ? net::connect_tls(executor_, address, where.port, tls_, where.host, handle)
                : net::connect_tcp(executor_, address, where.port, handle);
}

asio::awaitable<connector::stream_result> connector::open_address(ip_address address) {
    const std::string fault = load_tls();
    if (!fault.empty()) co_return unexpected<std::string>(fault);
    net::connect_handle handle;
    cut_step_ = [&handle] { handle.close(); };
    auto connected = co_await dial(address, handle);
    cut_step_ = nullptr;
    if (connected) co_return std::move(*connected);
    co_return unexpected<std::string>(connected.error().detail);
}

std::string connector::refusal_text(std::string_view name, std::string_view answer) const {
    constexpr std::size_t longest = 200;
    const std::string_view password = settings_.where.password.reveal();
    // A server without AUTH answers "unknown command, with args beginning with" the password.
    const bool quotes_us = answer.find("args") != std::string_view::npos ||
                           (!password.empty() && answer.find(password) != std::string_view::npos);
    return std::string(name) +
           " refused: " + std::string(answer.substr(0, quotes_us ? answer.find(' ') : longest));
}

asio::awaitable<std::string> connector::greet(std::shared_ptr<session> fresh) {
    const greeting greeting = greeting_for(settings_, preamble_);
    const session::answers answers = co_await fresh->exchange(greeting.commands);
    for (std::size_t index = 0; index < answers.replies.size(); ++index) {
        const auto& [name, importance] = greeting.names[index];
        const reply& answer = answers.replies[index];
        const bool last_words = !answers.failure.empty() && answer.is_error();
        if (last_words || is_refusal(answer, importance)) co_return refusal_text(name, answer.text());
    }
    co_return answers.failure;
}

}  // namespace postrider::redis
