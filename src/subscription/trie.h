#pragma once

#include <postrider/base/text_map.h>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace postrider::subscription {

/// The patterns of one tenant as a tree of segments, walked with the set of nodes that the segments read
/// so far can have led to. Built once, then only read: safe from any thread.
class trie {
 public:
    trie() : nodes_(1) {}

    /// `subscriber` is an index of the caller's; the same one may be added under many patterns.
    void add(std::string_view pattern, std::uint32_t subscriber);

    /// Every subscriber with a matching pattern, once, in ascending order.
    [[nodiscard]] std::vector<std::uint32_t> match(std::string_view type) const;

 private:
    using node_index = std::uint32_t;
    /// On the stack for nearly every set of patterns: each event is matched.
    using node_set = boost::container::small_vector<node_index, 16>;
    static constexpr node_index none = 0;  // the root is nobody's child

    struct node {
        node_index one = none;            ///< behind `*`
        node_index any = none;            ///< behind `**`
        bool stays = false;               ///< reached by `**`: any further segment leads back here
        std::vector<std::uint32_t> ends;  ///< subscribers whose pattern ends here
    };

    [[nodiscard]] node_index child_of(node_index parent, std::string_view segment);
    [[nodiscard]] node_index literal_child_of(node_index parent, std::string_view segment);
    [[nodiscard]] std::uint64_t edge(node_index parent, std::uint32_t segment) const noexcept {
        return std::uint64_t{parent} << 32 | segment;
    }
    void enter(node_index index, node_set& states) const;

    std::vector<node> nodes_;
    text_map<std::uint32_t> segment_numbers_;
    boost::unordered_flat_map<std::uint64_t, node_index> literals_;  ///< by parent and number of the segment
};

}  // namespace postrider::subscription
