#include "call_partitions.h"

#include <algorithm>

namespace postrider::queue {

std::uint32_t call_partitions::place_of(std::uint32_t partition) const {
    const auto found = std::find(partitions_.begin(), partitions_.end(), partition);
    return static_cast<std::uint32_t>(found - partitions_.begin()) + 1;
}

std::uint32_t call_partitions::add(std::uint32_t partition, std::string_view token) {
    const std::uint32_t place = place_of(partition);
    if (place <= partitions_.size()) return place;
    partitions_.push_back(partition);
    tokens_.emplace_back(token);
    return place;
}

const std::string& call_partitions::token_of(std::uint32_t partition) const {
    return tokens_[place_of(partition) - 1];
}

redis::command call_partitions::begin_command(const script_form& form, const keys& keys,
                                              std::size_t more) const {
    constexpr std::size_t of_each = 96;  // its base, its token and their lengths
    redis::command command;
    command.reserve(form.script.size() + partitions_.size() * of_each + more);
    command.add(form.verb);
    command.add(form.script);
    command.add(static_cast<std::uint64_t>(partitions_.size()));
    for (const std::uint32_t partition : partitions_)
        command.add(keys.base(partition));
    return command;
}

void call_partitions::add_tokens(redis::command& command) const {
    for (const std::string& token : tokens_)
        command.add(token);
}

}  // namespace postrider::queue
