#pragma once

#include "redis_server.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postrider::testing {

struct fleet_options {
    bool tls = false;                    ///< nothing else, between the servers too; one certificate for all
    std::string user;                    ///< the only one that may do anything; empty: everybody
    std::string password;                ///< of that user
    std::vector<std::string> arguments;  ///< further ones of every server
};

/// A master with two replicas, watched by three Sentinels under the name `mymaster`; a master that is silent
/// for half a second is replaced. The user of the Sentinels themselves is "sentry", with "sent-" before the
/// password.
class redis_sentinels {
 public:
    explicit redis_sentinels(fleet_options options = {});

    /// At first 0 is the master.
    [[nodiscard]] redis_server& server(std::size_t index) { return *servers_.at(index); }
    [[nodiscard]] redis_server& sentinel(std::size_t index) { return *sentinels_.at(index); }
    /// Where clients connect.
    [[nodiscard]] std::uint16_t port_of(const redis_server& server) const noexcept;
    [[nodiscard]] std::string certificate() const { return certificates_.path() + "/certificate.pem"; }

 private:
    void start_servers();
    void start_sentinels();
    void wait_until_whole();

    fleet_options options_;
    temporary_directory certificates_;
    std::vector<std::unique_ptr<redis_server>> servers_;
    std::vector<std::unique_ptr<redis_server>> sentinels_;
};

/// Six nodes: 0, 1 and 2 are masters of a third of the slots each, 3, 4 and 5 their replicas in this order. A
/// master that is silent for a second is replaced by its replica.
class redis_cluster {
 public:
    explicit redis_cluster(fleet_options options = {});

    [[nodiscard]] redis_server& node(std::size_t index) { return *nodes_.at(index); }
    [[nodiscard]] std::uint16_t port_of(const redis_server& node) const noexcept;
    [[nodiscard]] std::string certificate() const { return certificates_.path() + "/certificate.pem"; }
    /// The name that the node has in the Cluster.
    [[nodiscard]] std::string id(std::size_t index) const;

 private:
    void start_nodes();
    void join_nodes();
    void wait_on_all(const std::string& question, const std::string& answer);

    fleet_options options_;
    temporary_directory certificates_;
    std::vector<std::unique_ptr<redis_server>> nodes_;
};

/// Looks again until it holds; throws after a minute.
void wait_until(const std::string& what, const std::function<bool()>& holds);

}  // namespace postrider::testing
