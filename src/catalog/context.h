#pragma once

#include "keys.h"

#include <postrider/catalog/store.h>

#include <memory>
#include <string>
#include <utility>

namespace postrider::catalog {

/// What the store's coroutines share: lives as long as the store or any of them.
struct context {
    context(redis::client& redis, const std::string& prefix, std::shared_ptr<const sealer> seals,
            random_source& source, const time_source& clock)
        : client(redis), names(prefix), sealing(std::move(seals)), random(source), time(clock) {}

    redis::client& client;
    const keys names;
    std::shared_ptr<const sealer> sealing;  ///< swapped whole
    random_source& random;
    const time_source& time;
    trail_limits limits;
};
using context_ptr = std::shared_ptr<const context>;

constexpr milliseconds call_takes_at_most{2000};

/// How often something is tried again that another daemon changed in between.
constexpr int most_tries = 8;

[[nodiscard]] inline fault make_fault(fault_kind kind, std::string text) {
    fault made;
    made.kind = kind;
    made.text = std::move(text);
    return made;
}

}  // namespace postrider::catalog
