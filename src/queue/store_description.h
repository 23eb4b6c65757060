#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::queue {

/// What the key `<prefix>:store` says. Part of the store's format.
struct store_description {
    std::uint32_t partitions = 0;
    std::uint32_t moving_to = 0;  ///< not 0: the store is on its way to this number of partitions
};

[[nodiscard]] std::string to_text(const store_description& description);
/// Nothing for what is none, or of another format.
[[nodiscard]] std::optional<store_description> parse_store_description(std::string_view text);

}  // namespace postrider::queue
