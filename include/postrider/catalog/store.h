#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/base/secret.h>
#include <postrider/catalog/sealer.h>
#include <postrider/catalog/trail.h>
#include <postrider/event/standing.h>
#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postrider::catalog {

/// An endpoint that was made by the API.
struct entry {
    std::string id;      ///< ep_…
    std::string tenant;  ///< whose it is
    secret settings;     ///< the JSON object that config::read_endpoint_document reads; it holds secrets
    wall_time created_at{};
    wall_time updated_at{};
};

/// How many entries each key has sealed, by its id; and one of them, for people.
struct key_use {
    std::uint64_t entries = 0;
    std::string example;
    [[nodiscard]] bool operator==(const key_use&) const = default;
};
using key_uses = std::map<std::string, key_use, std::less<>>;

/// All of the catalog at one version.
struct content {
    std::uint64_t version = 0;
    key_uses sealed_with;
    std::vector<entry> endpoints;
    standing_map standings;
    secret cursor_key;  ///< 256 random bits as text: one for all daemons on the store, made once
};

enum class fault_kind : std::uint8_t {
    unavailable,  ///< Redis is away, slow, or refused
    unreadable,   ///< an entry cannot be opened with the configured keys, or makes no sense
    no_key,       ///< secrets cannot be sealed
    changed,      ///< somebody else changed the entry meanwhile: read it again
    missing,      ///< there is no such entry
    full,         ///< `most_endpoints` are there
};
struct fault {
    fault_kind kind = fault_kind::unavailable;
    std::string text;  ///< for people; no secret
};

/// What the API stores beside the queues, under `<prefix>:{catalog}:`: endpoints (sealed), standings, and a
/// version that each change moves, so that every daemon sees a change within a second; and the trail of
/// who changed what. Each change is one script, which writes the record of it too: there is none without.
/// One for each shard; lives on the client's executor.
class store {
 public:
    static constexpr std::size_t most_endpoints = 20'000;

    /// The hash tag of all its keys.
    static constexpr std::string_view hash_tag = "catalog";

    store(redis::client& client, std::string prefix, std::shared_ptr<const sealer> sealer,
          random_source& random, const time_source& time);
    ~store();
    store(const store&) = delete;
    store& operator=(const store&) = delete;

    /// For the client's preamble.
    [[nodiscard]] static std::vector<redis::command> preamble();

    template <typename Value>
    using answer = boost::asio::awaitable<expected<Value, fault>>;

    [[nodiscard]] answer<std::uint64_t> version();
    /// Read and opened whole, or nothing. Makes the key for cursors where there is none.
    [[nodiscard]] answer<content> read();
    [[nodiscard]] answer<entry> find(std::string id);

    /// Gives the version after the change. `created_at` and `updated_at` are set here.
    /// Of `who` the action, the target and the tenant are filled in where they are empty, here and below.
    [[nodiscard]] answer<std::uint64_t> create(entry made, change who);
    /// `before` is what the change was made from; another `updated_at` in the store is `changed`.
    [[nodiscard]] answer<std::uint64_t> replace(entry after, entry before, change who);
    /// Takes its standing away too.
    [[nodiscard]] answer<std::uint64_t> remove(std::string id, std::string queue_name, change who);

    /// Changes an endpoint's standing from what it is now; a standing that holds nothing is taken away.
    /// The owner of a partition disables, the API pauses and resumes; `moved`, from whoever changes an url or
    /// notices that it was changed, ends a disablement of another url than this.
    /// `verified` and `unverified` say what came of a challenge to this url; an url that is verified stays
    /// so.
    enum class step : std::uint8_t {
        pause,
        resume,
        disable_gone,
        disable_failing,
        moved,
        verified,
        unverified
    };
    struct standing_change {
        standing now;
        bool changed = false;
        std::uint64_t version = 0;
    };
    /// Recorded with what the standing was and is, and only when it changed.
    [[nodiscard]] answer<standing_change> change_standing(std::string queue_name, step what,
                                                          std::string url_text, change who);
    /// What came of the challenge to that url: `error`, for people, or nothing where it was answered.
    /// Recorded when it was answered first.
    [[nodiscard]] answer<standing_change> note_challenge(std::string queue_name, std::string url_text,
                                                         std::string error);

    /// The same as the daemon's own doing. No default arguments: GCC 12 ends their lives twice where they are
    /// made for what is co_awaited.
    [[nodiscard]] answer<std::uint64_t> create(entry made);
    [[nodiscard]] answer<std::uint64_t> replace(entry after, entry before);
    [[nodiscard]] answer<std::uint64_t> remove(std::string id, std::string queue_name);
    [[nodiscard]] answer<standing_change> change_standing(std::string queue_name, step what,
                                                          std::string url_text);

    /// Writes the record of a change that is none of the catalog's: before it is made, so that none is
    /// without a record; there may be a record of one that then failed. For replays, purges, deletions of
    /// data, reloads.
    [[nodiscard]] answer<std::uint64_t> record(change made);
    /// `position`: empty, or that of the page before. At most 250 of `limit`.
    [[nodiscard]] answer<trail_page> read_trail(trail_filter filter, std::string position, std::size_t limit);
    /// Takes out what is too old or too much, also when nothing changes; how many there were.
    [[nodiscard]] answer<std::uint64_t> trim_trail();
    void set_trail_limits(trail_limits limits);

    /// Seals anew what an outdated key had sealed, at most so many in a call; and counts, after that, what
    /// each key has sealed.
    struct sealing_pass {
        std::size_t sealed_anew = 0;
        bool raced = false;  ///< something was changed meanwhile: a further pass counts anew
        key_uses sealed_with;
    };
    static constexpr std::size_t sealed_a_call = 256;
    [[nodiscard]] answer<sealing_pass> seal_anew(std::size_t at_most = sealed_a_call);
    /// Other keys from now on.
    void set_sealer(std::shared_ptr<const sealer> sealer);

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::catalog
