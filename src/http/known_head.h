#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::http {

/// The header block of a request, for the next on the same connection: a client mostly sends the same bytes
/// again, but for the number in Content-Length. Such a block means what the one before meant.
class known_head {
 public:
    using fields = std::vector<std::pair<std::string, std::string>>;

    /// `block` was scanned and parsed, and has these fields. One without Content-Length, or with
    /// Expect, is not remembered.
    void remember(std::string_view block, const fields& headers);
    void forget() noexcept { before_.clear(); }
    [[nodiscard]] bool is_empty() const noexcept { return before_.empty(); }
    /// Which of the fields is Content-Length.
    [[nodiscard]] std::size_t length_field() const noexcept { return length_field_; }

    struct sighting {
        std::size_t size;  ///< of the block
        std::uint64_t length;
        std::string_view digits;  ///< the number, as it is written
    };
    /// Whether `bytes` begin with the block, with whatever plain number in Content-Length.
    [[nodiscard]] std::optional<sighting> find_in(std::string_view bytes) const;

 private:
    std::string before_;  ///< the block up to the number; empty: none is known
    std::string behind_;
    std::size_t length_field_ = 0;
};

}  // namespace postrider::http
