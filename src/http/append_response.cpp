#include <postrider/base/append.h>
#include <postrider/http/decoder.h>

#include <array>
#include <charconv>

namespace postrider::http {

namespace {

class digits {
 public:
    explicit digits(std::size_t number) {
        end_ = std::to_chars(room_.data(), room_.data() + room_.size(), number).ptr;
    }
    [[nodiscard]] std::string_view text() const noexcept {
        return {room_.data(), static_cast<std::size_t>(end_ - room_.data())};
    }

 private:
    std::array<char, 20> room_;
    const char* end_;
};

}  // namespace

void append_response(std::string& out, const response& response, bool keep_alive,
                     const response_options& options) {
    append_all(out, "HTTP/1.1 ", digits(static_cast<std::size_t>(response.status)).text(), " ",
               reason_phrase(response.status), "\r\n", options.date_line);
    if (!response.body.empty()) append_all(out, "Content-Type: ", response.content_type, "\r\n");
    append_all(out, "Content-Length: ", digits(response.body.size()).text(), "\r\n");
    for (const auto& [name, value] : response.headers)
        append_all(out, name, ": ", value, "\r\n");
    out += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    if (!options.to_head) out += response.body;
}

}  // namespace postrider::http
