#pragma once

#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// What `INFO` says of a server.
struct server_info {
    std::string run_id;
    std::string role;            ///< "master", "slave"; empty: not said
    std::uint32_t replicas = 0;  ///< connected and in step
    std::uint64_t used_memory = 0;
    std::uint64_t max_memory = 0;  ///< 0: no bound
    bool disk_refuses = false;     ///< the last write to the append only file failed
};
[[nodiscard]] server_info parse_server_info(std::string_view text);
/// Nothing: there was no answer, or it was an error.
[[nodiscard]] boost::asio::awaitable<std::optional<server_info>> read_server_info(redis::client& client);

struct durability_wish {
    std::string level;           ///< memory, everysec, fsync or replicated
    std::uint32_t replicas = 1;  ///< of `replicated`
    bool unverified_ok = false;  ///< what is not given, or cannot be read, is a warning
};
struct durability_verdict {
    std::string fault;     ///< for people: why no event may be taken; empty: none
    bool passing = false;  ///< the fault is not a matter of settings: it may pass
    std::vector<std::string> warnings;
};

/// Reads Redis' settings and says what of the wish they cannot give; what cannot be read counts as not given.
/// `info` is of the same server; nothing: it could not be read. Nothing is said when Redis did not answer.
[[nodiscard]] boost::asio::awaitable<std::optional<durability_verdict>> judge_durability(
    redis::client& client, durability_wish wish, std::optional<server_info> info);

}  // namespace postrider::queue
