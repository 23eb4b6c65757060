#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::http {

/// Takes a chunked body apart, strictly by RFC 9112 section 7.1. Extensions and trailers are checked and
/// dropped. Beast is not asked: it lets line ends and extensions through that others read differently.
class chunked_body {
 public:
    enum class step : std::uint8_t {
        data,       ///< `piece` is a part of the body; call again
        need_more,  ///< all bytes are used
        done,       ///< the body ended; the bytes left are the next message's
        bad,        ///< not the grammar; final
    };

    /// Takes bytes off the front of `bytes`. `piece` points into them.
    [[nodiscard]] step next(std::string_view& bytes, std::string_view& piece);

 private:
    enum class part : std::uint8_t { size_line, data, data_end, trailer, done, bad };

    step take_line(std::string_view& bytes);
    [[nodiscard]] bool is_line_end(std::string_view bytes) const noexcept;
    part after_line();

    part part_ = part::size_line;
    std::uint64_t left_ = 0;      ///< of the chunk
    std::uint64_t data_ = 0;      ///< of all chunks until now
    std::uint64_t overhead_ = 0;  ///< bytes of lines until now
    std::string line_;
};

}  // namespace postrider::http
