#include "request.h"

#include <postrider/base/append.h>
#include <postrider/event/trace.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace postrider::delivery {
namespace {

/// A number as text, without a heap.
class digits {
 public:
    explicit digits(std::uint64_t number) noexcept
        : size_(static_cast<std::size_t>(
              std::to_chars(text_.data(), text_.data() + text_.size(), number).ptr - text_.data())) {}
    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
    std::array<char, 20> text_;
    std::size_t size_;
};

void append_line(std::string& out, std::string_view name, std::string_view value) {
    append_all(out, name, ": ", value, "\r\n");
}

/// It came from a client and through the store: nothing but what it should be gets out.
void append_trace(std::string& out, const event& event, std::uint64_t span_id) {
    const auto parent = span_id == 0 ? std::nullopt : read_traceparent(event.traceparent);
    if (!parent) return;
    out.append("traceparent: ");
    append_traceparent(out, *parent, span_id);
    out.append("\r\n");
}

}  // namespace

std::string constant_head(const endpoint& endpoint, std::string_view user_agent) {
    std::string head = "POST " + endpoint.url.target + " HTTP/1.1\r\n";
    append_line(head, "Host", endpoint.url.authority());
    append_line(head, "User-Agent", user_agent);
    append_line(head, "Content-Type", "application/json");
    append_line(head, "Accept-Encoding", "identity");
    for (const auto& [name, value] : endpoint.headers)
        append_line(head, name, value);
    return head;
}

void build_request(request_buffer& buffer, std::string_view constant_head, const event& event,
                   std::uint32_t attempt, std::uint64_t span_id, wall_time now,
                   sign::authenticator& authenticator) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const digits timestamp(static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0)));
    buffer.clear();
    std::string& out = buffer.text;
    append_all(out, constant_head, "webhook-id: ", event.id, "\r\nwebhook-timestamp: ", timestamp.text(),
               "\r\n");
    authenticator.append_headers(event.id, timestamp.text(), event.body, now, out);
    if (authenticator.shows_credentials()) buffer.credentials_end = out.size();
    append_all(out, "postrider-attempt: ", digits(attempt).text(), "\r\n");
    append_trace(out, event, span_id);
    append_all(out, "Content-Length: ", digits(event.body.size()).text(), "\r\n\r\n");
    out.append(event.body);
}

}  // namespace postrider::delivery
