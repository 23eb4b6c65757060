#pragma once

#include "answer.h"

#include <postrider/base/secret.h>
#include <postrider/queue/inspection.h>

namespace postrider::admin {

/// What a list is of: its path, the tenant of the token and the filters, under the key that all daemons on
/// the store share and nobody else has. A cursor holds for it only. A secret: whoever has it can make
/// cursors.
[[nodiscard]] std::string list_scope(const secret& key, std::string_view path,
                                     const std::optional<std::string>& tenant, std::string_view filters);

/// Opaque to clients: base64url of 128 bits of HMAC-SHA-256 over the position, and the position behind them.
[[nodiscard]] std::string make_cursor(std::string_view scope, std::string_view position);
/// The position; nothing for what is no cursor, and for one of another list.
[[nodiscard]] std::optional<std::string> read_cursor(std::string_view scope, std::string_view cursor);

/// The same of a parameter: an empty one is the beginning.
[[nodiscard]] std::optional<std::string> read_position(std::string_view scope, std::string_view cursor);

/// A cursor for the page behind, or null when there is none.
[[nodiscard]] json next_cursor(std::string_view scope, std::string_view position);

/// 422 `invalid_cursor`.
[[nodiscard]] http::response refuse_cursor();
/// The problem for a read that gave nothing: a position that the store does not know is a forged cursor's.
[[nodiscard]] http::response refuse(const queue::read_fault& fault);

}  // namespace postrider::admin
