#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace postrider::redis {

/// One value of a reply, as seen inside its `reply`. Cheap to copy; valid as long as the reply lives.
/// Error replies are ordinary values, also nested in arrays: test `kind` before anything else.
class reply_view {
 public:
    enum class type : std::uint8_t { nil, status, error, integer, text, array };

    explicit reply_view(const void* raw) noexcept : raw_(raw) {}
    [[nodiscard]] type kind() const noexcept;
    [[nodiscard]] bool is_nil() const noexcept { return kind() == type::nil; }
    [[nodiscard]] bool is_error() const noexcept { return kind() == type::error; }
    /// The bytes of a text, status or error; empty for everything else.
    [[nodiscard]] std::string_view text() const noexcept;
    /// Of an integer, or of a text that is one; nothing for everything else.
    [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
    /// Elements of an array; 0 for everything else.
    [[nodiscard]] std::size_t size() const noexcept;
    /// The element, or nil past the end.
    [[nodiscard]] reply_view operator[](std::size_t index) const noexcept;

 protected:
    [[nodiscard]] const void* raw() const noexcept { return raw_; }

 private:
    const void* raw_;  // a hiredis redisReply; null stands for nil
};

/// Owns a reply.
class reply : public reply_view {
 public:
    reply() noexcept : reply_view(nullptr) {}
    /// What was moved from is nil.
    reply(reply&& other) noexcept
        : reply_view(std::exchange(static_cast<reply_view&>(other), reply_view(nullptr))),
          owned_(std::move(other.owned_)) {}
    reply& operator=(reply&& other) noexcept {
        owned_ = std::move(other.owned_);
        static_cast<reply_view&>(*this) = std::exchange(static_cast<reply_view&>(other), reply_view(nullptr));
        return *this;
    }
    ~reply() = default;
    /// The last element of an array, which it becomes; nil where there is none.
    [[nodiscard]] reply last() &&;
    /// Of what `last` made: the element of the array that it came from. Nil for every other reply.
    [[nodiscard]] reply_view sibling(std::size_t index) const noexcept;
    /// Takes a redisReply over, or null for nil.
    explicit reply(void* raw) noexcept : reply_view(raw), owned_(raw, &free_raw) {}

 private:
    static void free_raw(void* raw) noexcept;
    std::unique_ptr<void, void (*)(void*)> owned_{nullptr, &free_raw};
};

/// The reason in an error reply, without what EXEC puts before it where it refuses a transaction.
[[nodiscard]] std::string_view reason_of(std::string_view error) noexcept;

}  // namespace postrider::redis
