#include <postrider/http/decoder.h>

#include <charconv>

namespace postrider::http {

namespace {

void append_number(std::string& out, std::size_t number) {
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    out.append(digits, end);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void append_response(std::string& out, const response& response, bool keep_alive,
                     const response_options& options) {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(response.status));
    out.append(" ").append(reason_phrase(response.status)).append("\r\n");
    out += options.date_line;
    if (!response.body.empty()) append_line(out, "Content-Type", response.content_type);
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
    for (const auto& [name, value] : response.headers)
        append_line(out, name, value);
    if (!keep_alive) append_line(out, "Connection", "close");
    out += "\r\n";
    if (!options.to_head) out += response.body;
}

}  // namespace postrider::http
