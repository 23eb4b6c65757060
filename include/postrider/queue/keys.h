#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// The only place, with scripts/lib/keys.lua beside it, that makes key names. A partition's keys all begin
/// with its base `<prefix>:{<tag>}:`; scripts get bases as KEYS and append the rest. The tags of P partitions
/// are chosen so that the Cluster slot of partition n is the nearest possible to n × 16384 / P.
class keys {
 public:
    keys(std::string prefix, std::uint32_t partitions);

    [[nodiscard]] std::uint32_t partitions() const noexcept {
        return static_cast<std::uint32_t>(bases_.size());
    }
    [[nodiscard]] const std::string& base(std::uint32_t partition) const { return bases_[partition]; }
    /// The partition of an endpoint's queue, and the home partition of a store_id: the same hash over any
    /// name.
    [[nodiscard]] std::uint32_t partition_of(std::string_view name) const noexcept;
    /// The description of the store: number of partitions and format.
    [[nodiscard]] std::string store() const;

    [[nodiscard]] std::string owner(std::uint32_t partition) const;
    [[nodiscard]] std::string event(std::uint32_t partition, std::string_view store_id) const;
    [[nodiscard]] std::string state(std::uint32_t partition, std::string_view store_id) const;
    [[nodiscard]] std::string queue(std::uint32_t partition, std::string_view queue_name) const;
    [[nodiscard]] std::string retry_lane(std::uint32_t partition, std::string_view queue_name) const;
    [[nodiscard]] std::string retry(std::uint32_t partition, std::string_view queue_name) const;
    [[nodiscard]] std::string dead(std::uint32_t partition, std::string_view queue_name) const;
    [[nodiscard]] std::string dead_record(std::uint32_t partition, std::string_view queue_name,
                                          std::string_view store_id) const;
    [[nodiscard]] std::string all_dead(std::uint32_t partition) const;
    [[nodiscard]] std::string ready(std::uint32_t partition) const;
    [[nodiscard]] std::string due(std::uint32_t partition) const;
    [[nodiscard]] std::string inflight(std::uint32_t partition) const;
    [[nodiscard]] std::string counts(std::uint32_t partition) const;
    [[nodiscard]] std::string remembered(std::uint32_t partition, std::string_view store_id) const;

 private:
    std::string prefix_;
    std::vector<std::string> bases_;
};

/// CRC16 (XMODEM) of a key's hash tag modulo 16384, as Redis Cluster counts it.
[[nodiscard]] std::uint16_t hash_slot(std::string_view tag) noexcept;

}  // namespace postrider::queue
