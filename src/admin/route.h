#pragma once

#include "query.h"

#include <postrider/admin/service.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::admin {

/// A request that was let in, as the handler of its route gets it. The view is the one of its beginning,
/// whatever is swapped in while it waits; `request` and `around` live until the handler's coroutine has
/// ended.
struct call {
    call(http::request& asked, const service::surroundings& with, std::shared_ptr<const view> as_seen)
        : request(asked), around(with), now(std::move(as_seen)) {}

    http::request& request;
    const service::surroundings& around;
    std::shared_ptr<const view> now;
    std::vector<std::string> parameters;  ///< of the path, in its order: [A-Za-z0-9_.-]{1,400}
    query given;                          ///< what stands behind the '?': known names, each once
    std::optional<std::string> tenant;  ///< of a bound token, and nothing of another's is shown; absent: all
    std::string actor;                  ///< the token's name; empty where everything is open
};

/// Who may ask.
enum class audience : std::uint8_t {
    anyone,
    scrapers,  ///< readers; anyone while `view::open_metrics`
    readers,
    admins,
};
/// Whether tokens that are bound to a tenant are among them.
enum class tenants : std::uint8_t { refused, admitted };

enum class body : std::uint8_t {
    ignored,      ///< none is read; a small one is tolerated
    json,         ///< application/json
    maybe_json,   ///< none, or application/json
    merge_patch,  ///< application/merge-patch+json or application/json
};

struct route {
    std::string_view method;  ///< GET answers HEAD too
    std::string_view path;    ///< a segment `{…}` is a parameter
    audience who;
    tenants bound;
    body takes;
    boost::asio::awaitable<http::response> (*handle)(call asked);
    /// What may stand behind the '?', as errors name it: "limit, cursor". Anything else, and one of these a
    /// second time, is refused before `handle` is asked.
    std::string_view takes_query = {};
};

/// The largest body of a route that takes one.
inline constexpr std::uint64_t most_body = 256 * 1024;

/// Each group of routes, in the file of its name.
[[nodiscard]] std::span<const route> process_routes();
[[nodiscard]] std::span<const route> status_routes();
[[nodiscard]] std::span<const route> webhook_routes();
[[nodiscard]] std::span<const route> standing_routes();
[[nodiscard]] std::span<const route> delivery_routes();
[[nodiscard]] std::span<const route> event_routes();
[[nodiscard]] std::span<const route> dead_letter_routes();
[[nodiscard]] std::span<const route> data_routes();
[[nodiscard]] std::span<const route> job_routes();
[[nodiscard]] std::span<const route> console_routes();

/// The routes of one path.
struct match {
    const route* by_method = nullptr;     ///< null: the path has no such method
    std::string allowed;                  ///< the methods of the path, for `Allow`; empty: no such path
    std::vector<std::string> parameters;  ///< of `by_method`
};
[[nodiscard]] match find_route(std::span<const std::span<const route>> groups, std::string_view method,
                               std::string_view path);

}  // namespace postrider::admin
