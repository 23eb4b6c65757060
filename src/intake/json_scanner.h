#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace postrider::intake {

/// A member of an object, as it stands in the text.
struct json_member {
    std::string_view name;   ///< with its quotes and escapes
    std::string_view value;  ///< one whole value, without blanks around it
};

/// Checks JSON strictly by RFC 8259 and says where its parts are, in one pass, without converting anything:
/// the bytes of `data` are passed on as they came, numbers of any size included. Parsers that convert would
/// refuse or change some of them, and those that skip what is not asked for would let faults through.
/// Iterative; depth is counted in containers from the text's outermost value, and at most `max_depth`.
/// Refused beside what the grammar refuses: a byte order mark, bytes that are not UTF-8, lone surrogates.
///
/// Each function reads one thing at the cursor. After the first fault every call gives false.
class json_scanner {
 public:
    static constexpr std::size_t max_depth = 32;

    explicit json_scanner(std::string_view text) noexcept;

    /// The kind of the value at the cursor, by its first character behind blanks: '{', '[', '"', or another;
    /// NUL at the end.
    [[nodiscard]] char peek() noexcept;

    /// One whole value.
    [[nodiscard]] bool read_value(std::string_view& value) noexcept;
    /// An object; the cursor must be at '{'. Appends to `members`, duplicate names included.
    [[nodiscard]] bool read_object(std::vector<json_member>& members);

    /// Goes into an array; the cursor must be at '['. Then next_element before each element.
    [[nodiscard]] bool enter_array() noexcept;
    /// Whether there is one more; false at the array's end, and on a fault.
    [[nodiscard]] bool next_element() noexcept;

    /// Nothing but blanks may be left.
    [[nodiscard]] bool read_end() noexcept;

    /// What is wrong; empty when nothing is.
    [[nodiscard]] std::string_view fault() const noexcept { return fault_; }
    /// How many bytes lie before the cursor: where the fault is, or where the last value ended.
    [[nodiscard]] std::size_t position() const noexcept { return at_; }

 private:
    enum class next : unsigned char { value, name, after_value, done };

    [[nodiscard]] bool fail(std::string_view what) noexcept;
    void skip_blanks() noexcept;
    [[nodiscard]] bool read_string() noexcept;
    [[nodiscard]] bool read_escape() noexcept;
    [[nodiscard]] bool read_hex4(unsigned& unit) noexcept;
    [[nodiscard]] bool read_number() noexcept;
    [[nodiscard]] bool read_digits() noexcept;
    [[nodiscard]] bool read_word(std::string_view word) noexcept;
    [[nodiscard]] bool read_scalar() noexcept;
    [[nodiscard]] bool open(bool object) noexcept;
    [[nodiscard]] bool begin_value(next& expected) noexcept;
    [[nodiscard]] bool read_name(std::string_view& name) noexcept;
    [[nodiscard]] bool after_value(std::size_t outer, next& expected) noexcept;

    [[nodiscard]] char current() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    [[nodiscard]] bool in_object() const noexcept { return ((objects_ >> (depth_ - 1)) & 1U) != 0; }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::uint64_t objects_ = 0;  ///< bit n: the container at depth n + 1 is an object
    bool first_element_ = false;
    std::string_view fault_;
};

}  // namespace postrider::intake
