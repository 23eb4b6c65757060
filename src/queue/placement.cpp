#include "placement.h"

#include <algorithm>
#include <array>

namespace postrider::queue {

namespace {

enum class handling {
    whole,       ///< the key goes where its name belongs
    members,     ///< each member goes where it belongs, alone
    with_state,  ///< the body goes along with the deliveries of it
    made_anew,   ///< leases and marks end, and accounts are written by the last step
};

struct key_kind {
    std::string_view word;
    bool is_named;  ///< `<word>:<name>`, else `<word>` alone
    handling what;
    std::string_view scan = "";  ///< of one with members
    /// In a name, or a member, of several parts: what is before the last of these belongs somewhere.
    char before = '\0';
};
/// All that there are under a base; a test holds it to scripts/lib/keys.lua.
constexpr std::array kinds{
    key_kind{"token", false, handling::made_anew},
    key_kind{"beat", false, handling::made_anew},
    key_kind{"holder", false, handling::made_anew},
    key_kind{"counts", false, handling::made_anew},
    key_kind{"mark", false, handling::made_anew},
    key_kind{"event", true, handling::with_state},
    key_kind{"queue", true, handling::whole},
    key_kind{"again", true, handling::whole},
    key_kind{"retry", true, handling::whole},
    key_kind{"dead", true, handling::whole},
    key_kind{"history", true, handling::whole},
    key_kind{"id", true, handling::whole},
    key_kind{"letter", true, handling::whole, "", '|'},
    key_kind{"key", true, handling::whole, "", ':'},
    key_kind{"states", false, handling::members, "HSCAN"},
    key_kind{"ready", false, handling::members, "SSCAN"},
    key_kind{"names", false, handling::members, "SSCAN"},
    key_kind{"due", false, handling::members, "ZSCAN"},
    key_kind{"parked", false, handling::members, "HSCAN"},
    key_kind{"health", false, handling::members, "HSCAN"},
    key_kind{"dead", false, handling::members, "ZSCAN", '|'},
    key_kind{"inflight", false, handling::members, "HSCAN", '|'},
};

/// Nothing for an unknown one.
const key_kind* kind_of(const placement::part& key) noexcept {
    const auto* const found = std::find_if(kinds.begin(), kinds.end(), [&key](const key_kind& one) {
        return one.word == key.kind && one.is_named == !key.name.empty();
    });
    return found == kinds.end() ? nullptr : found;
}

/// What of a name decides where it belongs.
std::string_view belonging(const key_kind* kind, std::string_view name) {
    if (kind == nullptr || kind->before == '\0') return name;
    return name.substr(0, std::min(name.size(), name.rfind(kind->before)));
}

}  // namespace

placement::placement(const std::string& prefix, std::uint32_t from, std::uint32_t to)
    : to_(prefix, to), prefix_length_(prefix.size() + 2) {
    const keys before(prefix, from);
    for (std::uint32_t partition = 0; partition < to; ++partition) {
        bases_.push_back(to_.base(partition));
        known_.insert(to_.base(partition));
    }
    for (std::uint32_t partition = 0; partition < from; ++partition)
        if (known_.insert(before.base(partition)).second) bases_.push_back(before.base(partition));
}

std::optional<placement::part> placement::parse(std::string_view key) const {
    const auto tag_end = key.find("}:", std::min(key.size(), prefix_length_));
    if (tag_end == std::string_view::npos) return std::nullopt;
    const std::string_view base = key.substr(0, tag_end + 2);
    if (!known_.contains(base)) return std::nullopt;
    key.remove_prefix(base.size());
    const auto colon = key.find(':');
    part found;
    found.base = base;
    found.kind = key.substr(0, colon);
    if (colon != std::string_view::npos) found.name = key.substr(colon + 1);
    return found;
}

bool placement::knows(const part& key) noexcept {
    return kind_of(key) != nullptr;
}

std::optional<std::string> placement::home_of(const part& key) const {
    const key_kind* const kind = kind_of(key);
    if (kind == nullptr || kind->what != handling::whole) return std::nullopt;
    return to_.base(to_.partition_of(belonging(kind, key.name)));
}

std::string_view placement::scan_of(const part& key) noexcept {
    const key_kind* const kind = kind_of(key);
    return kind == nullptr ? std::string_view() : kind->scan;
}

const std::string& placement::home_of_member(const part& index, std::string_view member) const {
    return to_.base(to_.partition_of(belonging(kind_of(index), member)));
}

}  // namespace postrider::queue
