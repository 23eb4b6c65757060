#pragma once

#include <postrider/http/message.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::http {

/// Reads requests out of bytes; knows nothing of sockets. Uses Beast's parser after the raw scan, and neither
/// for a header that is, but for the number in Content-Length, the one before.
class request_decoder {
 public:
    enum class state : std::uint8_t {
        need_head,  ///< give more bytes
        have_head,  ///< the header is there, `head()` is filled; say `accept_body` or answer and close
        need_body,  ///< give more bytes
        complete,   ///< `take()` it
        failed,     ///< answer `fault()` and close
    };
    struct limits {
        std::size_t max_start_line = 8192;
        std::size_t max_head = 16384;
    };

    explicit request_decoder(limits limits);
    ~request_decoder();

    /// Appends bytes from the peer. What is behind the current request stays for the next (pipelining).
    void feed(std::string_view bytes);
    /// Goes as far as the bytes allow. Call again after feed, accept_body and take.
    [[nodiscard]] state advance();

    [[nodiscard]] const request& head() const noexcept;  ///< from have_head on
    [[nodiscard]] std::optional<std::uint64_t> content_length()
        const noexcept;                                    ///< nothing: chunked or no body
    [[nodiscard]] bool announces_body() const noexcept;    ///< chunked, or a length over 0
    [[nodiscard]] bool expects_continue() const noexcept;  ///< with a body that waits for `100 Continue`
    /// HTTP/1.1 without `Connection: close`. HTTP/1.0 is always closed.
    [[nodiscard]] bool keep_alive() const noexcept;
    /// The body may come, up to `max_body` bytes; more is a failure with status 413.
    void accept_body(std::uint64_t max_body);
    /// The finished request; the decoder is ready for the next. It is there until `advance`, and its body may
    /// be moved away; nothing else of it may be changed.
    [[nodiscard]] request& take();
    /// 400, 413, 414, 417 or 431, as a problem; `close` is set.
    [[nodiscard]] const response& fault() const noexcept;
    /// Whether bytes of a request that is not complete are there.
    [[nodiscard]] bool in_the_middle() const noexcept;
    /// Whether there are bytes behind what was read: of the body, or of the next request.
    [[nodiscard]] bool has_unread_bytes() const noexcept;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// Reads one response of a receiver out of bytes, within bounds.
class response_decoder {
 public:
    enum class state : std::uint8_t {
        need_more,
        complete,   ///< whole, well-framed; `reusable()` says whether the connection may serve again
        truncated,  ///< header complete, body cut at the bound or odd: the status counts, the connection goes
        failed,     ///< no header block that can be trusted; `fault()` says why
    };
    struct limits {
        std::size_t max_head = 16384;  ///< of one header block
        std::size_t max_body = 65536;  ///< read in all; past it: truncated
        std::size_t max_kept = 1024;   ///< kept of the body
        int max_interim = 8;           ///< 1xx responses before the final one
    };

    explicit response_decoder(limits limits);
    ~response_decoder();

    /// Bytes from the peer.
    [[nodiscard]] state feed(std::string_view bytes);
    /// The peer closed: complete for a body that runs to the end, else truncated or failed.
    [[nodiscard]] state feed_eof();

    [[nodiscard]] bool have_head() const noexcept;  ///< of the final response
    [[nodiscard]] int status() const noexcept;
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;  ///< empty when absent
    /// All of them, in the order in which they came; only once `have_head`, and until `reset`.
    [[nodiscard]] const std::vector<std::pair<std::string_view, std::string_view>>& headers() const noexcept;
    [[nodiscard]] std::string_view body_prefix() const noexcept;
    /// Complete, HTTP/1.1, keep-alive, nothing odd, no byte behind it.
    [[nodiscard]] bool reusable() const noexcept;
    [[nodiscard]] std::string_view fault() const noexcept;
    /// Ready for the next response on the same connection.
    void reset();

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

struct response_options {
    std::string_view date_line;  ///< "Date: …\r\n", or nothing
    bool to_head = false;        ///< answers HEAD: the length is told, the body left out
};

/// The bytes of a response: status line, Content-Type, Content-Length, the other headers, body.
void append_response(std::string& out, const response& response, bool keep_alive,
                     const response_options& options = {});

}  // namespace postrider::http
