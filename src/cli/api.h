#pragma once

#include "daemon_client.h"

#include <postrider/base/expected.h>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace postrider::cli {

/// Keeps the order in which the daemon wrote the members.
using json = nlohmann::ordered_json;

/// Names and values of a query; those with an empty value are left out.
using query = std::vector<std::pair<std::string, std::string>>;

/// `path?name=value…`, percent-encoded (RFC 3986).
[[nodiscard]] std::string with_query(std::string path, const query& query);
/// A segment of a path, percent-encoded.
[[nodiscard]] std::string as_segment(std::string_view text);

/// Why a request gave nothing.
struct api_failure {
    bool away = false;  ///< the daemon, or Redis behind it, did not answer: it may answer later
    std::string text;   ///< one line for people
};

/// The rows of a list over as many pages as it takes.
struct rows {
    json array = json::array();
    bool has_more = false;  ///< than were asked for
};

/// The management API of a running daemon. Blocks.
class api {
 public:
    explicit api(daemon_client client) : client_(std::move(client)) {}

    /// The answer's JSON when its status is 2xx.
    [[nodiscard]] expected<json, api_failure> get(const std::string& path) const;
    [[nodiscard]] expected<json, api_failure> post(const std::string& path, const json& body) const;
    [[nodiscard]] expected<json, api_failure> put(const std::string& path, const json& body) const;

    [[nodiscard]] expected<json, api_failure> remove(const std::string& path) const;
    /// The answer as it came, when its status is 2xx.
    [[nodiscard]] expected<std::string, api_failure> read(const std::string& path) const;

    /// Up to `most` (at least 1) rows of the list `name` at `path`. Pages of the API may be short.
    [[nodiscard]] expected<rows, api_failure> list(const std::string& path, const std::string& name,
                                                   query query, std::size_t most) const;

 private:
    [[nodiscard]] expected<json, api_failure> ask(const daemon_request& request) const;
    [[nodiscard]] expected<std::string, api_failure> ask_for_text(const daemon_request& request) const;

    daemon_client client_;
};

}  // namespace postrider::cli
