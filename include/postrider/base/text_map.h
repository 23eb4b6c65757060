#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace postrider {

/// Hashes a text without making a string of it first.
struct text_hash {
    using is_transparent = void;
    using is_avalanching = void;  ///< all bits depend on all of the text: the table need not mix them again
    [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

/// What is found by a text where there may be thousands, of which most are in no cache of the processor:
/// entries lie in one table, and a look-up touches two or three lines of memory, where the lists of
/// `std::unordered_map` are walked from node to node. An insertion moves entries: pointers to them end.
template <typename Value>
using text_map = boost::unordered_flat_map<std::string, Value, text_hash, std::equal_to<>>;

}  // namespace postrider
