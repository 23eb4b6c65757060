#pragma once

#include "file_watch.h"
#include "shard_stack.h"
#include "store_watch.h"

#include <postrider/config/config.h>
#include <postrider/daemon/serve.h>
#include <postrider/metrics/registry.h>
#include <postrider/net/listener.h>
#include <postrider/queue/keys.h>
#include <postrider/redis/embedded_server.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::daemon {

/// The composition root. Everything here runs on the main thread: signals, listeners, the embedded Redis,
/// reloads and the shutdown ladder; the work itself is on the shards.
class daemon {
 public:
    daemon(serve_options options, config::settings settings);
    ~daemon();
    daemon(const daemon&) = delete;
    daemon& operator=(const daemon&) = delete;

    /// Until stopped; the exit code.
    int run();

 private:
    [[nodiscard]] expected<redis::location, std::string> open_store();
    [[nodiscard]] expected<void, std::string> open_listeners();
    void make_shards(const redis::location& location);
    void start();
    [[nodiscard]] delivery::egress_rules egress_of(const config::settings& settings) const;
    [[nodiscard]] live_settings_ptr make_live(config::settings settings) const;

    void on_store(const store_watch::verdict& verdict);
    void set_fault(const std::string& fault);
    void begin();

    void on_connection(int descriptor, ip_address peer, http::server shard_stack::*server);
    void await_signal();
    void on_signal(int signal);
    void supervise_store();

    /// Loads the files anew and swaps everything, or nothing; `answer` gets the faults when it is done.
    void reload_and(const char* cause, const shard_operations::answer& answer);
    void apply(std::function<void()> applied);
    void watch_files();

    void stop();
    void hurry();
    void on_shard_stopped();

    serve_options options_;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_};
    boost::asio::steady_timer supervision_{io_};
    boost::asio::steady_timer stop_deadline_{io_};
    metrics::registry metrics_;
    live_settings_ptr live_;
    queue::keys keys_;
    std::optional<redis::state_lock> lock_;
    std::optional<redis::embedded_server> embedded_;
    redis::location location_;
    std::unique_ptr<net::listener> ingest_;
    std::unique_ptr<net::listener> admin_;
    std::vector<std::unique_ptr<shard_stack>> shards_;
    std::shared_ptr<store_watch> store_watch_;
    std::unique_ptr<file_watch> file_watch_;
    std::string fault_ = "starting";
    std::size_t next_shard_ = 0;
    std::size_t running_shards_ = 0;
    std::uint64_t version_ = 0;
    bool begun_ = false;
    bool stopping_ = false;
    int exit_code_ = 0;
};

}  // namespace postrider::daemon
