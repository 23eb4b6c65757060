#pragma once

#include <postrider/base/text_map.h>
#include <postrider/queue/delivery.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace postrider::queue {

/// The name of a delivery in `inflight`: "<queue>|<store_id>".
[[nodiscard]] std::string inflight_field(std::string_view queue_name, std::string_view store_id);
/// The same in the memory of `field`, whose content goes.
void set_inflight_field(std::string& field, std::string_view queue_name, std::string_view store_id);

/// Which deliveries this shard has claimed and not yet seen settled: what a reconciliation leaves alone. As
/// many as the dispatcher has slots, and those whose settlement waits.
class held_set {
 public:
    void insert(const delivery& delivery);
    /// Only if it is this attempt that is held: an answer about an earlier one ends nothing.
    void erase(std::uint32_t partition, std::string_view queue_name, std::string_view store_id,
               std::uint32_t attempt);
    void forget(std::uint32_t partition);
    [[nodiscard]] std::vector<std::string> fields_of(std::uint32_t partition) const;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t size_of(std::uint32_t partition) const noexcept;

 private:
    std::unordered_map<std::uint32_t, text_map<std::uint32_t>> partitions_;
    std::size_t size_ = 0;
};

}  // namespace postrider::queue
