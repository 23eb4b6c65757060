#pragma once

#include <postrider/base/clock.h>
#include <postrider/event/endpoint.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// What stands for an url in a standing, which is not encrypted: the url, and of one with a query, where
/// tokens of receivers stand, its SHA-256.
[[nodiscard]] std::string url_mark(std::string_view url_text);

/// What operators and failures did to an endpoint, and whether it answered a challenge: state, not
/// configuration. It is kept in Redis beside the endpoint, also for those from files, and survives reloads.
/// What holds ends with `resume`.
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
    /// Of the url whose receiver answered a challenge, by `digest_of_url`; empty: none did.
    std::string verified_url;
    std::string
        verification_error;  ///< why the last challenge was not answered; empty: it was, or none was sent
    std::optional<wall_time> challenged_at;  ///< when the last answer, or none, was known

    /// Its events are held: queued, and not sent.
    [[nodiscard]] bool holds() const noexcept { return paused || disabled != disablement::none; }
    [[nodiscard]] bool operator==(const standing&) const = default;
};

/// A url may hold secrets: what was verified is told by its SHA-256, in base64url.
[[nodiscard]] std::string digest_of_url(std::string_view url_text);
/// The endpoint must answer a challenge at its present url before it gets events, and has not.
[[nodiscard]] bool awaits_verification(const endpoint& endpoint, const standing& standing);

/// Of the endpoints that are not simply active, or were verified, by `endpoint::queue_name()`. Immutable;
/// swapped whole.
using standing_map = std::map<std::string, standing, std::less<>>;
using standings_ptr = std::shared_ptr<const standing_map>;

}  // namespace postrider
