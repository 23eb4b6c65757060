#pragma once

#include "field_paths.h"
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
    field_paths* fields = nullptr;                   ///< of a JSON document, in which positions are places
};

/// A value with the name that people know it by.
struct item {
    std::string_view name;  ///< the key that it stands under
    node_ptr value;
    position at;           ///< where faults of it are reported
    bool of_list = false;  ///< one of the items of what `name` names
    /// How far above the map that it was found in the defaults are that it comes from; 0: it is the map's
    /// own. Of keys that contradict each other the fault is that of the nearest.
    std::uint32_t distance = 0;
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

/// Reports that a map lacks the key, and `why` behind it: in JSON as a fault of the field that is not there.
void add_missing(reading& reading, const item& map, std::string_view key, const std::string& why = {});

/// A key as faults and paths may show it, so that people find their typing errors; "***" for what looks as if
/// it were meant as a value: longer than 64 characters, the beginning of a secret, or letters that names do
/// not have.
[[nodiscard]] std::string shown_key(std::string_view key);

}  // namespace postrider::config
