#pragma once

#include <string>
#include <string_view>

namespace postrider {

/// A text that must not be shown: it has no operator<<, compares in constant time and is wiped from
/// memory when it goes. `reveal` is the one way to its bytes, and easy to search for.
class secret {
 public:
    secret() = default;
    /// Takes the text over and wipes what the move leaves in `text`; a caller's own copy stays the caller's.
    explicit secret(std::string text);
    secret(const secret&) = default;
    secret(secret&& other) noexcept;
    secret& operator=(const secret& other);
    secret& operator=(secret&& other) noexcept;
    ~secret();

    [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    friend bool operator==(const secret& left, const secret& right) noexcept;

 private:
    void wipe() noexcept;
    std::string text_;
};

}  // namespace postrider
