#pragma once

#include <postrider/base/secret.h>
#include <postrider/catalog/store.h>
#include <postrider/event/standing.h>

#include <optional>
#include <string>
#include <string_view>

namespace postrider::catalog {

/// What is sealed of an entry: `{"tenant", "created_at", "updated_at", "settings": …}`, times in
/// milliseconds since 1970. The settings lie in it as they are, last, so that their secrets never pass
/// through memory that is not wiped.
[[nodiscard]] secret encode_entry(const entry& entry);
/// Nothing for a text that `encode_entry` did not make.
[[nodiscard]] std::optional<entry> decode_entry(std::string id, const secret& text);

/// The form that change_standing.lua writes.
[[nodiscard]] std::optional<standing> decode_standing(std::string_view text);

}  // namespace postrider::catalog
