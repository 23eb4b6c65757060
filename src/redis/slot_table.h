#pragma once

#include <postrider/base/expected.h>
#include <postrider/redis/reply.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::redis {

struct node_address {
    std::string host;
    std::uint16_t port = 0;
    [[nodiscard]] bool operator==(const node_address&) const = default;
};

/// Which master serves which slot. No I/O.
class slot_table {
 public:
    static constexpr std::uint16_t slots = 16384;
    static constexpr std::size_t max_nodes = 1000;  ///< as large as a Cluster may be

    slot_table() { owners_.fill(nobody); }
    /// From the reply to CLUSTER SLOTS. `asked` is the host that gave it: nodes without a host of their own
    /// are there too. The error says what is wrong with it.
    [[nodiscard]] static expected<slot_table, std::string> from(const reply_view& told,
                                                                const std::string& asked);

    /// Null: unknown.
    [[nodiscard]] const node_address* owner(std::uint16_t slot) const noexcept;
    void set_owner(std::uint16_t slot, const node_address& node);
    /// The masters.
    [[nodiscard]] const std::vector<node_address>& nodes() const noexcept { return nodes_; }
    /// At most as many as there may be masters.
    [[nodiscard]] const std::vector<node_address>& replicas() const noexcept { return replicas_; }

 private:
    static constexpr std::uint16_t nobody = 0xffff;
    [[nodiscard]] std::uint16_t index_of(const node_address& node);
    void add_replicas(const reply_view& range, const std::string& asked);
    std::vector<node_address> nodes_;
    std::vector<node_address> replicas_;
    std::array<std::uint16_t, slots> owners_;
};

struct moved_slot {
    std::uint16_t slot;
    node_address node;  ///< without a host: that of the node that said so
};
/// `MOVED 3999 127.0.0.1:6381`, also `MOVED 3999 ::1:6381` and `MOVED 3999 :6381`; nothing for other texts.
[[nodiscard]] std::optional<moved_slot> parse_moved(std::string_view error);

}  // namespace postrider::redis
