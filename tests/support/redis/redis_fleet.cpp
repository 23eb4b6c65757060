#include "redis_fleet.h"

#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

namespace postrider::testing {
namespace {

using words = std::vector<std::string>;

void add(words& to, const words& more) {
    to.insert(to.end(), more.begin(), more.end());
}

/// What every server of the fleet has.
redis_options common(const fleet_options& fleet, const std::string& certificates) {
    redis_options options;
    options.tcp = !fleet.tls;
    options.tls = fleet.tls;
    options.certificates = certificates;
    options.user = fleet.user;
    options.password = fleet.password;
    if (fleet.tls) add(options.arguments, {"--tls-replication", "yes"});
    if (!fleet.user.empty()) {
        add(options.arguments,
            {"--user", fleet.user, "on", ">" + fleet.password, "~*", "&*", "+@all", "--user", "default",
             "off", "--masteruser", fleet.user, "--masterauth", fleet.password});
    }
    add(options.arguments, fleet.arguments);
    return options;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Without the line's end.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

void wait_until(const std::string& what, const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) throw std::runtime_error("in vain: " + what);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

redis_sentinels::redis_sentinels(fleet_options options) : options_(std::move(options)) {
    if (options_.tls) make_certificate(certificates_.path());
    start_servers();
    start_sentinels();
    wait_until_whole();
}

std::uint16_t redis_sentinels::port_of(const redis_server& server) const noexcept {
    return options_.tls ? server.tls_port() : server.port();
}

void redis_sentinels::start_servers() {
    for (int count = 0; count < 3; ++count) {
        redis_options options = common(options_, certificates_.path());
        add(options.arguments, {"--repl-diskless-sync-delay", "0"});
        if (count > 0)
            add(options.arguments, {"--replicaof", "127.0.0.1", std::to_string(port_of(*servers_.front()))});
        servers_.push_back(std::make_unique<redis_server>(std::move(options)));
    }
}

void redis_sentinels::start_sentinels() {
    const std::string master = std::to_string(port_of(*servers_.front()));
    redis_options options;
    options.sentinel = true;
    options.tcp = !options_.tls;
    options.tls = options_.tls;
    options.certificates = certificates_.path();
    options.config = "sentinel monitor mymaster 127.0.0.1 " + master +
                     " 2\n"
                     "sentinel down-after-milliseconds mymaster 500\n"
                     "sentinel failover-timeout mymaster 3000\n";
    if (options_.tls) options.config += "tls-replication yes\n";
    if (!options_.user.empty()) {
        options.user = "sentry";
        options.password = "sent-" + options_.password;
        options.config += "sentinel auth-user mymaster " + options_.user +
                          "\n"
                          "sentinel auth-pass mymaster " +
                          options_.password +
                          "\n"
                          "user sentry on >" +
                          options.password +
                          " ~* &* +@all\n"
                          "user default off\n"
                          "sentinel sentinel-user sentry\n"
                          "sentinel sentinel-pass " +
                          options.password + "\n";
    }
    for (int count = 0; count < 3; ++count)
        sentinels_.push_back(std::make_unique<redis_server>(options));
}

/// Sentinels introduce themselves to each other every two seconds.
void redis_sentinels::wait_until_whole() {
    for (const auto& each : sentinels_) {
        wait_until("a Sentinel knows all", [&] {
            const std::string line = each->ask("SENTINEL MASTER mymaster");
            return has(line, "num-slaves\n2") && has(line, "num-other-sentinels\n2") &&
                   has(line, "flags\nmaster\n");
        });
    }
    wait_until("the replicas follow", [&] {
        const std::string replication = servers_.front()->ask("INFO replication");
        const auto first = replication.find("state=online");
        return first != std::string::npos && replication.find("state=online", first + 1) != std::string::npos;
    });
    for (const auto& each : sentinels_) {
        wait_until("a Sentinel sees that they follow", [&] {
            const std::string replicas = each->ask("SENTINEL REPLICAS mymaster");
            const auto first = replicas.find("master-link-status\nok");
            return first != std::string::npos &&
                   replicas.find("master-link-status\nok", first + 1) != std::string::npos;
        });
    }
}

redis_cluster::redis_cluster(fleet_options options) : options_(std::move(options)) {
    if (options_.tls) make_certificate(certificates_.path());
    start_nodes();
    join_nodes();
}

std::uint16_t redis_cluster::port_of(const redis_server& node) const noexcept {
    return options_.tls ? node.tls_port() : node.port();
}

std::string redis_cluster::id(std::size_t index) const {
    return first_line(nodes_.at(index)->ask("CLUSTER MYID"));
}

void redis_cluster::start_nodes() {
    for (int count = 0; count < 6; ++count) {
        redis_options options = common(options_, certificates_.path());
        add(options.arguments, {"--cluster-enabled", "yes", "--cluster-node-timeout", "1000",
                                "--cluster-replica-validity-factor", "0", "--cluster-port",
                                std::to_string(free_port()), "--repl-diskless-sync-delay", "0"});
        if (options_.tls) add(options.arguments, {"--tls-cluster", "yes"});
        nodes_.push_back(std::make_unique<redis_server>(std::move(options)));
    }
}

void redis_cluster::join_nodes() {
    constexpr std::array ranges{"0 5460", "5461 10922", "10923 16383"};
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
        (void)nodes_[index]->ask("CLUSTER SET-CONFIG-EPOCH " + std::to_string(index + 1));
        if (index < ranges.size())
            (void)nodes_[index]->ask(std::string("CLUSTER ADDSLOTSRANGE ") + ranges[index]);
    }
    for (const auto& each : nodes_) {
        const std::string bus = first_line(each->ask("CONFIG GET cluster-port | tail -1"));
        (void)nodes_.front()->ask("CLUSTER MEET 127.0.0.1 " + std::to_string(port_of(*each)) + " " + bus);
    }
    wait_on_all("CLUSTER INFO", "cluster_known_nodes:6");
    wait_on_all("CLUSTER INFO", "cluster_state:ok");
    for (std::size_t index = 3; index < nodes_.size(); ++index) {
        wait_until("a replica is one",
                   [&] { return has(nodes_[index]->ask("CLUSTER REPLICATE " + id(index - 3)), "OK"); });
        wait_until("it follows", [&] { return has(nodes_[index]->ask("ROLE"), "connected"); });
    }
    for (std::size_t index = 3; index < nodes_.size(); ++index) {
        for (const auto& each : nodes_) {
            const std::string line = id(index) + " .*slave " + id(index - 3);
            wait_until("all know of it",
                       [&] { return !each->ask("CLUSTER NODES | grep -E '" + line + "'").empty(); });
        }
    }
    wait_on_all("CLUSTER INFO", "cluster_state:ok");
}

void redis_cluster::wait_on_all(const std::string& question, const std::string& answer) {
    for (const auto& each : nodes_)
        wait_until(answer, [&] { return has(each->ask(question), answer); });
}

}  // namespace postrider::testing
