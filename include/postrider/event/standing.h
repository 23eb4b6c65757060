#pragma once

#include <postrider/base/clock.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace postrider {

/// What stands for an url in a standing, which is not encrypted: the url, and of one with a query, where
/// tokens of receivers stand, its SHA-256.
[[nodiscard]] std::string url_mark(std::string_view url_text);

/// What operators and failures did to an endpoint: state, not configuration. It is kept in Redis beside the
/// endpoint, also for those from files, survives reloads, and ends with `resume`.
struct standing {
    enum class disablement : std::uint8_t {
        none,
        gone,     ///< it answered 410
        failing,  ///< nothing but failures for longer than `auto_disable` allows
    };
    bool paused = false;
    disablement disabled = disablement::none;
    wall_time since{};     ///< of the last change
    std::string url_text;  ///< when it was disabled, as `url_mark` gives it: another url ends the disablement

    /// Its events are held: queued, and not sent.
    [[nodiscard]] bool holds() const noexcept { return paused || disabled != disablement::none; }
    [[nodiscard]] bool operator==(const standing&) const = default;
};

/// Of the endpoints that are not simply active, by `endpoint::queue_name()`. Immutable; swapped whole.
using standing_map = std::map<std::string, standing, std::less<>>;
using standings_ptr = std::shared_ptr<const standing_map>;

}  // namespace postrider
