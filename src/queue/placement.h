#pragma once

#include <postrider/queue/keys.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace postrider::queue {

/// Where what lies in a store belongs when its number of partitions changes. The two numbers may share bases:
/// what lies under such a one may be in its place already.
class placement {
 public:
    placement(const std::string& prefix, std::uint32_t from, std::uint32_t to);

    /// A key under a base of the store, taken apart: `<base><kind>` or `<base><kind>:<name>`.
    struct part {
        std::string base;
        std::string kind;
        std::string name;
    };
    /// Nothing for any other key.
    [[nodiscard]] std::optional<part> parse(std::string_view key) const;

    /// Whether keys of the kind are dealt with at all, here or by whoever uses this (`owner`, `counts`).
    [[nodiscard]] static bool knows(const part& key) noexcept;
    /// The base under which a whole key belongs; nothing for one that is not moved as a whole.
    [[nodiscard]] std::optional<std::string> home_of(const part& key) const;
    /// How the members of an index are walked over ("SSCAN", …); empty for what has none that are moved.
    [[nodiscard]] static std::string_view scan_of(const part& key) noexcept;
    /// The base under which a member of an index belongs, or a field of a delivery's state.
    [[nodiscard]] const std::string& home_of_member(const part& index, std::string_view member) const;

    /// Bases that the store shall have, in the order of the partitions, and then those that it loses.
    [[nodiscard]] const std::vector<std::string>& bases() const noexcept { return bases_; }
    [[nodiscard]] const keys& names() const noexcept { return to_; }

 private:
    keys to_;
    std::vector<std::string> bases_;
    std::set<std::string, std::less<>> known_;
    std::size_t prefix_length_;  ///< up to the tag
};

}  // namespace postrider::queue
