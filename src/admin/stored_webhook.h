#pragma once

#include "answer.h"
#include "route.h"

#include <postrider/config/endpoint_document.h>

namespace postrider::admin {

/// The problem for a fault of the catalog.
[[nodiscard]] http::response refuse(const catalog::fault& fault);

/// The entry of a webhook that the API made and the call may change: 404 when there is none, 409
/// `defined_in_file` when it is written in a file. `asked` lives in the frame that waits for it.
[[nodiscard]] boost::asio::awaitable<expected<catalog::entry, http::response>> find_entry(const call& asked,
                                                                                          std::string id);

/// The settings of an entry; no object when they are none.
[[nodiscard]] json read_settings(const catalog::entry& entry);
/// An endpoint out of the settings of an entry, or 422.
[[nodiscard]] expected<endpoint, http::response> read_endpoint(const call& asked,
                                                               const catalog::entry& entry);

/// What a bound token may not do, as 403: widen what the daemon connects to, name files of its machine, or
/// point a webhook for which the operator did so somewhere else. `before` is an empty object for a new one.
[[nodiscard]] std::optional<http::response> fault_of_privilege(const json& before, const json& after);

/// After a change: it is applied, or 503 that says it is stored.
[[nodiscard]] boost::asio::awaitable<std::optional<http::response>> apply(const call& asked,
                                                                          std::string_view what);

/// The webhook as it is after a change that this call made, which the call's own view does not have.
[[nodiscard]] boost::asio::awaitable<json> describe_changed(const call& asked, endpoint_ptr endpoint);

}  // namespace postrider::admin
