#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// The only place, with scripts/lib/keys.lua and names.lua beside it, that makes key names. A partition's
/// keys all begin with its base `<prefix>:{<tag>}:`; scripts get bases as KEYS and append the rest. The tags
/// of P partitions are chosen so that the Cluster slot of partition n is the nearest possible to n × 16384 /
/// P.
class keys {
 public:
    keys(std::string prefix, std::uint32_t partitions);

    [[nodiscard]] std::uint32_t partitions() const noexcept {
        return static_cast<std::uint32_t>(bases_.size());
    }
    [[nodiscard]] const std::string& base(std::uint32_t partition) const { return bases_[partition]; }
    /// The Cluster slot of all keys of the partition.
    [[nodiscard]] std::uint16_t slot(std::uint32_t partition) const { return slots_[partition]; }
    /// The partition of an endpoint's queue, and the home partition of a store_id: the same hash over any
    /// name.
    [[nodiscard]] std::uint32_t partition_of(std::string_view name) const noexcept;
    /// The description of the store: number of partitions and format.
    [[nodiscard]] std::string store() const;

    /// The hash of the daemons that share the store. In no partition; on a Cluster in the slot of its tag.
    [[nodiscard]] std::string members() const;
    static constexpr std::string_view members_tag = "members";
    /// The channel that tells of joins, leaves and released partitions.
    [[nodiscard]] std::string members_channel() const;
    /// The channel of one member, on which others tell it of work in its partitions.
    [[nodiscard]] std::string work_channel(std::string_view member_id) const;

    /// By which the server of a partition is known again.
    [[nodiscard]] std::string mark(std::uint32_t partition) const;
    /// The lease of a partition: its owner's token, the beat that shows that it is alive, its name for
    /// people.
    [[nodiscard]] std::string token(std::uint32_t partition) const;
    [[nodiscard]] std::string beat(std::uint32_t partition) const;
    [[nodiscard]] std::string holder(std::uint32_t partition) const;
    /// Named by every event, and so kept.
    [[nodiscard]] const std::string& states(std::uint32_t partition) const { return kept_[partition].states; }
    [[nodiscard]] const std::string& inflight(std::uint32_t partition) const {
        return kept_[partition].inflight;
    }
    [[nodiscard]] const std::string& counts(std::uint32_t partition) const { return kept_[partition].counts; }
    [[nodiscard]] std::string event(std::uint32_t partition, std::string_view store_id) const;
    [[nodiscard]] std::string queue(std::uint32_t partition, std::string_view queue_name) const;
    [[nodiscard]] std::string retry_lane(std::uint32_t partition, std::string_view queue_name) const;
    [[nodiscard]] std::string retry(std::uint32_t partition, std::string_view queue_name) const;
    [[nodiscard]] std::string dead(std::uint32_t partition, std::string_view queue_name) const;
    [[nodiscard]] std::string dead_record(std::uint32_t partition, std::string_view queue_name,
                                          std::string_view store_id) const;
    [[nodiscard]] std::string all_dead(std::uint32_t partition) const;
    [[nodiscard]] std::string ready(std::uint32_t partition) const;
    [[nodiscard]] std::string due(std::uint32_t partition) const;
    [[nodiscard]] std::string remembered(std::uint32_t partition, std::string_view store_id) const;
    /// The line of the deliveries of one ordering key. `hash` is that of `key_hash`.
    [[nodiscard]] std::string order(std::uint32_t partition, std::string_view queue_name,
                                    std::string_view hash) const;
    [[nodiscard]] std::string parked(std::uint32_t partition) const;
    [[nodiscard]] std::string history(std::uint32_t partition, std::string_view queue_name) const;
    /// Of the queues that have a history.
    [[nodiscard]] std::string names(std::uint32_t partition) const;
    [[nodiscard]] std::string health(std::uint32_t partition) const;

 private:
    struct kept {
        std::string states;
        std::string inflight;
        std::string counts;
    };
    std::string prefix_;
    std::vector<std::string> bases_;
    std::vector<kept> kept_;
    std::vector<std::uint16_t> slots_;
};

/// Of a partition that is known by its base alone: it may be of another number of partitions.
struct lease_keys {
    std::string token;
    std::string beat;
    std::string holder;
};
[[nodiscard]] lease_keys lease_under(std::string_view base);
[[nodiscard]] std::string counts_under(std::string_view base);

/// An ordering key inside the store: 11 characters of base64url, the first 64 bits of SHA-256(key). Of a
/// fixed length, and harmless in a key name whatever a client chose. Empty for no key.
[[nodiscard]] std::string key_hash(std::string_view ordering_key);

}  // namespace postrider::queue
