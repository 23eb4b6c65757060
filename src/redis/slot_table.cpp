#include "slot_table.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace postrider::redis {
namespace {

template <typename Number>
std::optional<Number> number_in(std::string_view text, Number largest) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > largest) return std::nullopt;
    return number;
}

std::optional<std::uint16_t> slot_in(const reply_view& value) {
    const auto number = value.integer();
    if (!number || *number < 0 || *number >= slot_table::slots) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

/// `[host, port, id, …]`. A node that does not know its own host says nil or nothing; "?" is a node whose
/// name nobody knows.
std::optional<node_address> node_in(const reply_view& value, const std::string& asked) {
    const auto port = value[1].integer();
    if (!port || *port < 1 || *port > 65535 || value[0].text() == "?") return std::nullopt;
    const std::string_view host = value[0].text();
    return node_address{host.empty() ? asked : std::string(host), static_cast<std::uint16_t>(*port)};
}

}  // namespace

expected<slot_table, std::string> slot_table::from(const reply_view& told, const std::string& asked) {
    using fault = unexpected<std::string>;
    if (told.kind() != reply_view::type::array) return fault("CLUSTER SLOTS gave no list");
    if (told.size() == 0) return fault("it knows of no slots: it is not part of a Cluster yet");
    slot_table table;
    for (std::size_t at = 0; at < told.size(); ++at) {
        const reply_view range = told[at];
        const auto first = slot_in(range[0]);
        const auto last = slot_in(range[1]);
        if (!first || !last || *first > *last || range[2].kind() != reply_view::type::array)
            return fault("CLUSTER SLOTS gave what is no range of slots");
        table.add_replicas(range, asked);
        const auto master = node_in(range[2], asked);
        if (!master) continue;  // its slots stay unknown
        const std::uint16_t index = table.index_of(*master);
        std::fill(table.owners_.begin() + *first, table.owners_.begin() + *last + 1, index);
    }
    return table;
}

const node_address* slot_table::owner(std::uint16_t slot) const noexcept {
    return owners_[slot] == nobody ? nullptr : &nodes_[owners_[slot]];
}

void slot_table::set_owner(std::uint16_t slot, const node_address& node) {
    owners_[slot] = index_of(node);
}

void slot_table::add_replicas(const reply_view& range, const std::string& asked) {
    for (std::size_t at = 3; at < range.size() && replicas_.size() < max_nodes; ++at) {
        const auto replica = node_in(range[at], asked);
        if (replica && std::ranges::find(replicas_, *replica) == replicas_.end())
            replicas_.push_back(*replica);
    }
}

std::uint16_t slot_table::index_of(const node_address& node) {
    const auto found = std::ranges::find(nodes_, node);
    const auto index = static_cast<std::uint16_t>(std::distance(nodes_.begin(), found));
    if (found != nodes_.end()) return index;
    if (nodes_.size() >= max_nodes) return nobody;
    nodes_.push_back(node);
    return index;
}

std::optional<moved_slot> parse_moved(std::string_view error) {
    constexpr std::string_view word = "MOVED ";
    if (!error.starts_with(word)) return std::nullopt;
    error.remove_prefix(word.size());
    const std::size_t space = error.find(' ');
    const std::size_t colon = error.rfind(':');
    if (space == std::string_view::npos || colon == std::string_view::npos || colon < space)
        return std::nullopt;
    const auto slot = number_in<std::uint16_t>(error.substr(0, space), slot_table::slots - 1);
    const auto port = number_in<std::uint16_t>(error.substr(colon + 1), 65535);
    const std::string_view host = error.substr(space + 1, colon - space - 1);
    if (!slot || !port || *port == 0 || host == "?") return std::nullopt;
    return moved_slot{*slot, {std::string(host), *port}};
}

}  // namespace postrider::redis
