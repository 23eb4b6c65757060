#pragma once

#include "backpressure.h"
#include "catalog_watch.h"
#include "file_watch.h"
#include "front_door.h"
#include "load_watch.h"
#include "metrics_page.h"
#include "shard_stack.h"
#include "store_addresses.h"
#include "store_watch.h"
#include "stored_endpoints.h"
#include "watchdog.h"

#include <postrider/config/config.h>
#include <postrider/daemon/listener_tls.h>
#include <postrider/daemon/serve.h>
#include <postrider/log/once_per_second.h>
#include <postrider/metrics/registry.h>
#include <postrider/net/listener.h>
#include <postrider/queue/keys.h>
#include <postrider/queue/membership.h>
#include <postrider/redis/embedded_server.h>
#include <postrider/runtime/service_manager.h>

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
    [[nodiscard]] expected<store_source, std::string> open_store();
    [[nodiscard]] expected<void, std::string> open_listeners();
    [[nodiscard]] queue::member describe_self(std::size_t shards) const;
    void make_shards();
    void start();

    /// What deliveries may not connect to, as it becomes known: src/daemon/egress.cpp.
    [[nodiscard]] delivery::egress_rules egress_of(const config::settings& settings) const;
    void watch_store_addresses();
    void watch_interfaces();
    /// True: they are others than before.
    bool read_interfaces();
    /// Hands the rules on soon, once for all changes until then.
    void renew_egress();
    [[nodiscard]] live_settings_ptr make_live(config::settings settings) const;
    [[nodiscard]] standings_ptr standings_of(const subscription::snapshot& endpoints) const;
    /// Ends, in the store, the disablements that another url has ended: they must not come back with the old
    /// one. After each reload of the files and at the start, when an url may have changed behind their back.
    void end_outdated_disablements();

    /// The keys of stored secrets: src/daemon/sealing.cpp.
    [[nodiscard]] expected<std::shared_ptr<const catalog::sealer>, std::string> make_sealer(
        const config::encryption_settings& configured) const;
    [[nodiscard]] expected<void, std::string> open_sealer();
    /// Of a reload; the fault when something is sealed with a key that would be gone.
    [[nodiscard]] expected<std::shared_ptr<const catalog::sealer>, config::fault> change_keys(
        const config::settings& wanted) const;
    [[nodiscard]] std::string sealing_key() const;
    [[nodiscard]] std::vector<std::string> members_with_another_key() const;
    /// Whether something is to be sealed anew, for the one who does it.
    void review_sealing();
    void on_key_uses(catalog::key_uses uses);

    [[nodiscard]] requests make_requests();
    [[nodiscard]] std::shared_ptr<catalog_watch> make_catalog_watch();

    /// How the store stands: src/daemon/store_standing.cpp.
    [[nodiscard]] std::shared_ptr<store_watch> make_store_watch();
    [[nodiscard]] std::shared_ptr<load_watch> make_load_watch();
    void on_store(const store_verdict& verdict);
    void on_load(const store_load& load);
    void note_mark(queue::store_mark::finding found);
    void show_fault();
    void show_warnings();
    void show_pressure();
    void report_store(const store_verdict& verdict, bool refuse);
    /// One line for the service manager.
    [[nodiscard]] std::string condition() const;
    void on_catalog_fault(const std::string& fault);
    /// What the API made and operators and failures did, as just read; applies it on every shard.
    void on_catalog(const catalog::content& read, const catalog_watch::answer& applied);
    /// Who shares the store, and with what configuration.
    void on_members(const queue::membership_view_ptr& view);
    void compare_configurations();
    void begin_when_whole();
    void begin();
    void begin_watchdog();

    /// Who may come in, and under what TLS: src/daemon/entrance.cpp.
    [[nodiscard]] expected<void, config::fault> renew_tls(const config::settings& settings);
    void set_doors();
    void on_connection(int descriptor, ip_address peer, front_door& door, http::server shard_stack::*server);
    /// Of what is allowed, unless it was so `before`.
    void report_settings_warnings(const std::vector<config::fault>& before);
    void await_signal();
    void on_signal(int signal);
    void supervise_store();

    /// Loads the files anew and swaps everything, or nothing; `answer` gets the faults when it is done.
    using reload_answer = std::function<void(std::vector<config::fault>)>;
    void reload_and(const char* cause, catalog::change who, const reload_answer& answer);
    void record_reload(const config::settings& before, catalog::change who);
    void reject(const char* cause, std::vector<config::fault> faults, const reload_answer& answer);
    void gather_facts(const std::function<void(admin::daemon_facts)>& answer);
    void apply(std::function<void()> applied);
    void watch_files();

    void stop();
    void hurry();
    void on_shard_stopped();

    serve_options options_;
    runtime::service_manager manager_;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_};
    boost::asio::steady_timer supervision_{io_};
    boost::asio::steady_timer stop_deadline_{io_};
    metrics::registry metrics_;
    breaker::shared_fault_storm storm_;
    stored_endpoints stored_;
    std::vector<catalog::entry> entries_;   ///< as they were last read
    std::vector<endpoint_ptr> of_catalog_;  ///< made of them
    standings_ptr standings_;
    std::uint64_t standings_version_ = 0;  ///< of the catalog
    secret cursor_key_;                    ///< of the catalog
    live_settings_ptr live_;
    wall_time started_at_;
    wall_time loaded_at_;
    std::vector<config::fault> reload_faults_;
    std::shared_ptr<const catalog::sealer> sealer_;
    catalog::key_uses key_uses_;  ///< as last counted
    requests requests_;
    queue::keys keys_;
    queue::member self_;
    queue::membership_view_ptr members_;
    monotonic_time differing_reported_at_{};
    std::optional<redis::state_lock> lock_;
    std::optional<redis::embedded_server> embedded_;
    store_source source_;
    store_addresses store_addresses_;
    std::vector<ip_address> interfaces_;  ///< the machine's own addresses
    boost::asio::steady_timer interface_timer_{io_};
    bool interfaces_unknown_ = false;
    bool egress_stale_ = false;
    std::unique_ptr<net::listener> ingest_;
    std::unique_ptr<net::listener> admin_;
    listener_tls tls_;  ///< of `live_`
    front_door ingest_door_{"ingest", metrics_, system_time()};
    front_door admin_door_{"admin", metrics_, system_time()};
    std::vector<std::unique_ptr<shard_stack>> shards_;
    std::unique_ptr<metrics_page> page_;  ///< answers to the shards, so it goes before them
    std::shared_ptr<store_watch> store_watch_;
    std::shared_ptr<load_watch> load_watch_;
    backpressure backpressure_;
    std::shared_ptr<const intake::pressure> pressure_;  ///< as intake was last told
    milliseconds dedup_window_;                         ///< as the stores were last told
    std::string alarm_;                                 ///< of a store that was wiped or went back
    monotonic_time alarm_ends_{};
    std::vector<std::string> settings_warnings_;
    std::vector<std::string> warnings_;  ///< as they were last shown
    std::string reported_fault_;
    monotonic_time reported_at_{};
    std::shared_ptr<catalog_watch> catalog_watch_;
    std::unique_ptr<file_watch> file_watch_;
    std::shared_ptr<watchdog> watchdog_;
    std::string store_fault_ = "starting";
    std::string catalog_fault_ = "the endpoints in the store are not read yet";  ///< until they were once
    std::size_t next_shard_ = 0;
    std::size_t running_shards_ = 0;
    std::uint64_t version_ = 0;
    bool catalog_watched_ = false;
    log::once_per_second catalog_fault_report_;
    bool begun_ = false;
    bool stopping_ = false;
    int exit_code_ = 0;
};

}  // namespace postrider::daemon
