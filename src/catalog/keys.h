#pragma once

#include <string>

namespace postrider::catalog {

/// The only place that makes the catalog's key names. One hash tag: a script may touch all of them.
struct keys {
    explicit keys(const std::string& prefix)
        : endpoints(prefix + ":{catalog}:endpoints"),
          standings(prefix + ":{catalog}:standings"),
          version(prefix + ":{catalog}:version"),
          cursor_key(prefix + ":{catalog}:cursor_key"),
          trail(prefix + ":{catalog}:trail") {}

    const std::string endpoints;   ///< hash: id → sealed entry
    const std::string standings;   ///< hash: queue name → JSON
    const std::string version;     ///< moves with each change
    const std::string cursor_key;  ///< string: what cursors are signed with
    const std::string trail;       ///< stream: a record for each change
};

}  // namespace postrider::catalog
