#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/http/message.h>

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::admin {

/// What goes into answers; keeps the order in which its members were put.
using json = nlohmann::ordered_json;

[[nodiscard]] http::response answer(int status, const json& document);
[[nodiscard]] http::response no_content();

/// 404, the same text for what is not there and for what is another tenant's. `what`: "webhook".
[[nodiscard]] http::response not_found(std::string_view what);
/// 503 with `Retry-After`.
[[nodiscard]] http::response unavailable(std::string_view why);

struct field_fault {
    std::string field;  ///< of the body, "retry.max_attempts", or a query parameter; empty: the whole
    std::string message;
};
/// 422 with `errors`, one of each field.
[[nodiscard]] http::response invalid(const std::vector<field_fault>& faults,
                                     std::string_view code = "invalid_request");

/// The JSON object of a request's body: 400 when it is not JSON (also: over 32 deep, a name twice in an
/// object, bytes that are not UTF-8), 422 when it is no object. Without a body: an empty object when
/// `may_be_absent`.
[[nodiscard]] expected<json, http::response> read_object(std::string_view body, bool may_be_absent = false);
/// A fault for each member of `object` that is not in `known`.
[[nodiscard]] std::vector<field_fault> find_unknown(const json& object,
                                                    std::initializer_list<std::string_view> known);

/// RFC 3339, or null.
[[nodiscard]] json to_json(std::optional<wall_time> time);
/// The text, or null when it is empty.
[[nodiscard]] json text_or_null(std::string_view text);

}  // namespace postrider::admin
