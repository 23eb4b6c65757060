#include "trie.h"

#include "segments.h"

#include <algorithm>

namespace postrider::subscription {
namespace {

template <typename Values>
void sort_unique(Values& values) {
    if (values.size() < 2) return;
    std::ranges::sort(values);
    const auto repeated = std::ranges::unique(values);
    values.erase(repeated.begin(), repeated.end());
}

}  // namespace

void trie::add(std::string_view pattern, std::uint32_t subscriber) {
    node_index at = 0;
    for (segments rest(pattern); !rest.done();)
        at = child_of(at, rest.next());
    auto& ends = nodes_[at].ends;
    if (ends.empty() || ends.back() != subscriber) ends.push_back(subscriber);
}

trie::node_index trie::child_of(node_index parent, std::string_view segment) {
    if (segment != one_segment && segment != any_segments) return literal_child_of(parent, segment);
    const bool any = segment == any_segments;
    if (any && nodes_[parent].stays) return parent;  // `**.**` is `**`
    const auto known = any ? nodes_[parent].any : nodes_[parent].one;
    if (known != none) return known;
    const auto added = static_cast<node_index>(nodes_.size());
    nodes_.emplace_back().stays = any;
    (any ? nodes_[parent].any : nodes_[parent].one) = added;
    return added;
}

trie::node_index trie::literal_child_of(node_index parent, std::string_view segment) {
    const auto next_number = static_cast<std::uint32_t>(segment_numbers_.size());
    const auto number = segment_numbers_.try_emplace(std::string(segment), next_number).first->second;
    const auto [found, is_new] =
        literals_.try_emplace(edge(parent, number), static_cast<node_index>(nodes_.size()));
    if (is_new) nodes_.emplace_back();
    return found->second;
}

void trie::enter(node_index index, node_set& states) const {
    states.push_back(index);
    if (const auto any = nodes_[index].any; any != none) states.push_back(any);
}

std::vector<std::uint32_t> trie::match(std::string_view type) const {
    node_set states;
    node_set next;
    enter(0, states);
    for (segments rest(type); !rest.done() && !states.empty();) {
        const auto number = segment_numbers_.find(rest.next());
        for (const auto index : states) {
            const auto& from = nodes_[index];
            if (from.stays) enter(index, next);
            if (from.one != none) enter(from.one, next);
            if (number == segment_numbers_.end()) continue;
            const auto literal = literals_.find(edge(index, number->second));
            if (literal != literals_.end()) enter(literal->second, next);
        }
        sort_unique(next);  // `**` reaches a node on many ways: without this their number doubles each time
        states.swap(next);
        next.clear();
    }
    std::vector<std::uint32_t> found;
    for (const auto index : states) {
        const auto& ends = nodes_[index].ends;
        found.insert(found.end(), ends.begin(), ends.end());
    }
    sort_unique(found);
    return found;
}

}  // namespace postrider::subscription
