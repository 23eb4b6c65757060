#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace postrider::http {

/// What came over a connection and was not yet taken, plain or under TLS: `read_some` appends to it, and
/// gives false at the end of the stream. Takes what ends with `text`; all of it, where the stream ends
/// before.
[[nodiscard]] std::string take_until(std::string& received, std::string_view text,
                                     std::predicate auto read_some) {
    std::size_t found = 0;
    while ((found = received.find(text)) == std::string::npos)
        if (!read_some()) return std::exchange(received, {});
    std::string taken = received.substr(0, found + text.size());
    received.erase(0, taken.size());
    return taken;
}

/// Takes all that comes until the end of the stream.
[[nodiscard]] std::string take_all(std::string& received, std::predicate auto read_some) {
    while (read_some()) {
    }
    return std::exchange(received, {});
}

}  // namespace postrider::http
