#include "head_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace postrider::http {

namespace {

namespace beast = boost::beast;
using beast::error_code;

/// The bodies' callbacks: never called, because only header blocks are put in.
template <bool IsRequest>
class head_parser : public beast::http::basic_parser<IsRequest> {
    using text = beast::string_view;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override { return body.size(); }
    void on_header_impl(error_code&) override {}
    void on_finish_impl(error_code&) override {}
};

class request_parser final : public head_parser<true> {
 public:
    explicit request_parser(request_head& head) : head_(head) {}

 private:
    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                         error_code&) override {
        head_.method.assign(method.data(), method.size());
        head_.target.assign(target.data(), target.size());
        head_.version = version;
    }
    void on_response_impl(int, beast::string_view, int, error_code&) override {}
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       error_code&) override {
        head_.headers.emplace_back(std::piecewise_construct, std::forward_as_tuple(name.data(), name.size()),
                                   std::forward_as_tuple(value.data(), value.size()));
    }

    request_head& head_;
};

class response_parser final : public head_parser<false> {
 public:
    explicit response_parser(response_head& head) : head_(head) {}

 private:
    void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int,
                         error_code&) override {}
    void on_response_impl(int status, beast::string_view, int version, error_code&) override {
        head_.status = status;
        head_.version = version;
    }
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       error_code&) override {
        head_.headers.emplace_back(std::string_view(name.data(), name.size()),
                                   std::string_view(value.data(), value.size()));
    }

    response_head& head_;
};

template <typename Parser>
std::string read_block(Parser& parser, std::string_view block, message_head& head) {
    // The callers bound the block before they let us read it.
    parser.header_limit(static_cast<std::uint32_t>(block.size()) + 1);
    parser.body_limit(boost::none);
    error_code error;
    const auto used = parser.put(boost::asio::buffer(block.data(), block.size()), error);
    if (error) return error.message();
    if (used != block.size() || !parser.is_header_done()) return "the header ends elsewhere than it should";
    head.keep_alive = parser.keep_alive();
    head.chunked = parser.chunked();
    if (const auto length = parser.content_length()) head.content_length = *length;
    return {};
}

}  // namespace

std::string read_request_head(std::string_view block, request_head& head) {
    request_parser parser(head);
    return read_block(parser, block, head);
}

std::string read_response_head(std::string_view block, response_head& head) {
    response_parser parser(head);
    return read_block(parser, block, head);
}

}  // namespace postrider::http
