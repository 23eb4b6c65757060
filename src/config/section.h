#pragma once

#include "keys.h"
#include "node.h"
#include "reference.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::config {

/// What every reader of a piece of configuration needs.
struct reading {
    report& faults;
    references& outside;
    std::map<std::string, std::string> checked_pem;  ///< verdicts on PEM files, by what was asked; "" is good
};

/// A value with the name that people know it by.
struct item {
    std::string_view name;  ///< the key that it stands under
    node_ptr value;
    position at;           ///< where faults of it are reported
    bool of_list = false;  ///< one of the items of what `name` names
};

/// One map of the configuration. Making it reports every key that is not known here; nothing known is lost.
class section {
 public:
    /// Null (a key without value) is an empty map. Nothing after a fault when it is no map.
    [[nodiscard]] static std::optional<section> open(reading& reading, const item& map, key_list known);

    /// `key` must outlive the item: a literal.
    [[nodiscard]] std::optional<item> find(std::string_view key) const;
    [[nodiscard]] position at() const noexcept { return at_; }

 private:
    section(node_ptr map, position at) : map_(std::move(map)), at_(at) {}
    node_ptr map_;
    position at_;
};

/// The items of a list; null is an empty one. A fault, and nothing, when it is no list or longer than `most`.
[[nodiscard]] std::optional<std::vector<item>> read_list(reading& reading, const item& list,
                                                         std::size_t most);

/// Reports the fault `what` of an item: "\"name\" what", or "an item of \"name\" what".
void add_fault(reading& reading, const item& at, const std::string& what);

/// A key as faults may show it: nothing of what looks as if it were meant as a value.
[[nodiscard]] std::string shown_key(std::string_view key);

}  // namespace postrider::config
