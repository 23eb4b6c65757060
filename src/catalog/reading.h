#pragma once

#include "context.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>

namespace postrider::catalog {

/// The parts of `store` that only read.
[[nodiscard]] store::answer<std::uint64_t> read_version(context_ptr context);
[[nodiscard]] store::answer<content> read_content(context_ptr context);

/// One more entry that a key sealed.
void count_use(key_uses& uses, const std::string& key_id, const std::string& entry_id);

/// An entry with the bytes that it was opened from: what a change compares with.
struct found_entry {
    entry opened;
    std::string sealed;
};
[[nodiscard]] store::answer<found_entry> find_entry(context_ptr context, std::string id);

}  // namespace postrider::catalog
