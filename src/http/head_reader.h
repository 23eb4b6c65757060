#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Beast's parser, asked for header blocks only. The raw scan of head_scan.h goes before it.
namespace postrider::http {

/// What both kinds of messages say about themselves.
struct message_head {
    int version = 11;  ///< 10 or 11
    bool keep_alive = false;
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
};

struct request_head : message_head {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
};

struct response_head : message_head {
    int status = 0;
    /// Views into the block that was read.
    std::vector<std::pair<std::string_view, std::string_view>> headers;
};

/// Reads one whole block, start line to empty line. The answer is what is wrong, for people; empty when all
/// is well. `block` is flat and must not hold more than the header.
[[nodiscard]] std::string read_request_head(std::string_view block, request_head& head);
[[nodiscard]] std::string read_response_head(std::string_view block, response_head& head);

}  // namespace postrider::http
