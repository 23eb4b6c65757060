#include "chunked_body.h"
#include "head_reader.h"
#include "known_head.h"
#include "text.h"

#include <postrider/base/ascii.h>
#include <postrider/http/decoder.h>
#include <postrider/http/head_scan.h>

#include <algorithm>

namespace postrider::http {

namespace {

/// What a body gets before its bytes are there: an announced length alone allocates no more.
constexpr std::uint64_t first_reserve = 65536;
/// A buffer that grew past this with one request is not kept for the next.
constexpr std::size_t largest_kept_buffer = 32768;
/// A larger header is not remembered for the request after it.
constexpr std::size_t largest_known_head = 1024;

/// What is wrong with a target; nothing for "/…", and for "*" of OPTIONS.
std::string_view fault_of_target(std::string_view method, std::string_view target) noexcept {
    if (target == "*" && method == "OPTIONS") return {};
    if (!target.starts_with('/')) return "the target must be a path that begins with '/'";
    const auto is_odd = [](char c) { return c <= ' ' || c == '#' || c == '\\' || c == 0x7f; };
    if (std::any_of(target.begin(), target.end(), is_odd))
        return "the target holds a character that must be percent-encoded";
    return {};
}

}  // namespace

struct request_decoder::impl {
    explicit impl(limits bounds) : limits_(bounds) {}

    state advance() {
        if (state_ == state::need_head) find_head();
        if (state_ == state::need_body) take_body();
        return state_;
    }

    [[nodiscard]] std::string_view unread() const { return std::string_view(in_).substr(begin_); }

    /// The request that was taken is done with. What was read of its header serves the next one that has the
    /// same.
    void let_go() {
        if (known_.is_empty()) request_ = {};
        request_.body.clear();
        if (request_.body.capacity() > largest_kept_buffer) request_.body.shrink_to_fit();
        is_taken_ = false;
    }

    void fail(int status, std::string_view code, std::string_view detail) {
        fault_ = problem(status, code, detail);
        fault_.close = true;
        state_ = state::failed;
    }
    void fail_framing(std::string_view detail) { fail(400, "bad_request", detail); }

    /// Looks for the empty line, line by line, and never at a byte twice.
    void find_head() {
        if (is_taken_) let_go();
        // An empty line before a request is a courtesy to old clients (RFC 9112 section 2.2); one only.
        if (!skipped_empty_line_ && unread().starts_with("\r\n")) {
            begin_ += 2;
            skipped_empty_line_ = true;
        }
        scanned_ = std::max(scanned_, begin_);
        line_ = std::max(line_, begin_);
        if (scanned_ == begin_ && take_known_head()) return;
        if (begin_ < in_.size() && in_[begin_] != '\r' && !is_token_char(in_[begin_]))
            return fail_framing("this is not HTTP/1.1");
        while (true) {
            const auto end = in_.find('\n', scanned_);
            if (end == std::string::npos) break;
            if (end == begin_ || in_[end - 1] != '\r') return fail_framing("a line does not end in CRLF");
            const bool empty = end == line_ + 1;
            if (line_ == begin_ && end - begin_ - 1 > limits_.max_start_line) return fail_start_line();
            line_ = scanned_ = end + 1;
            if (line_ - begin_ > limits_.max_head) return fail_size();
            if (empty) return read_head(unread().substr(0, line_ - begin_));
            if (++lines_ > max_request_fields + 1) return fail_fields();
        }
        scanned_ = in_.size();
        // A CR at the end may be the first half of the line's end, which does not count.
        const auto first_line = in_.size() - begin_ - (unread().ends_with('\r') ? 1 : 0);
        if (line_ == begin_ && first_line > limits_.max_start_line) return fail_start_line();
        if (in_.size() - begin_ > limits_.max_head) return fail_size();
    }

    void fail_start_line() {
        fail(414, "uri_too_long",
             "the request line may have " + std::to_string(limits_.max_start_line) + " bytes");
    }
    void fail_size() {
        fail(431, "header_too_large", "the header may have " + std::to_string(limits_.max_head) + " bytes");
    }
    void fail_fields() {
        fail(431, "too_many_headers",
             "a request may have " + std::to_string(max_request_fields) + " header fields");
    }

    /// What was read out of the header before, scanned and parsed, holds for the same bytes again.
    bool take_known_head() {
        const auto seen = known_.find_in(unread());
        if (!seen || seen->size > limits_.max_head) return false;
        length_ = seen->length;
        request_.headers[known_.length_field()].second = seen->digits;
        begin_ += seen->size;
        state_ = state::have_head;
        return true;
    }

    void read_head(std::string_view block) {
        known_.forget();
        if (const auto fault = fault_in_request_head(block)) return fail_framing(*fault);
        request_head head;
        head.headers.reserve(lines_);
        if (const auto fault = read_request_head(block, head); !fault.empty()) return fail_framing(fault);
        begin_ += block.size();
        if (const auto fault = fault_of_target(head.method, head.target); !fault.empty())
            return fail_framing(fault);
        request_.method = std::move(head.method);
        const auto mark = std::min(head.target.find('?'), head.target.size());
        request_.query = head.target.substr(std::min(mark + 1, head.target.size()));
        head.target.resize(mark);
        request_.path = std::move(head.target);
        request_.headers = std::move(head.headers);
        request_.body.clear();
        length_ = head.content_length;
        chunked_ = head.chunked;
        // Old clients that ask to be kept alive are closed all the same: HTTP/1.0 frames too loosely.
        keep_alive_ = head.version == 11 && head.keep_alive;
        state_ = state::have_head;
        read_expectation(head.version);
        if (state_ == state::have_head && keep_alive_ && !expects_continue_ &&
            block.size() <= std::min(largest_known_head, limits_.max_head))
            known_.remember(block, request_.headers);
    }

    void read_expectation(int version) {
        expects_continue_ = false;
        const auto expectation = request_.header("Expect");
        if (expectation.empty() || version < 11) return;
        if (!ascii::equal_ignoring_case(expectation, "100-continue"))
            return fail(417, "expectation_failed", "the only expectation that is met is 100-continue");
        expects_continue_ = chunked_ || length_.value_or(0) > 0;
    }

    void accept_body(std::uint64_t max_body) {
        if (state_ != state::have_head) return;
        max_body_ = max_body;
        if (length_.value_or(0) > max_body) return fail_too_large();
        chunks_ = chunked_body();
        state_ = state::need_body;
        if (length_) request_.body.reserve(static_cast<std::size_t>(std::min(*length_, first_reserve)));
    }

    void fail_too_large() {
        fail(413, "body_too_large", "the body may have " + std::to_string(max_body_) + " bytes");
    }

    void take_body() {
        if (chunked_) return take_chunks();
        const auto missing = length_.value_or(0) - request_.body.size();
        const auto piece =
            unread().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(missing, in_.size())));
        request_.body += piece;
        drop(piece.size());
        if (piece.size() == missing) state_ = state::complete;
    }

    void take_chunks() {
        auto rest = unread();
        std::string_view piece;
        auto step = chunks_.next(rest, piece);
        while (step == chunked_body::step::data && request_.body.size() + piece.size() <= max_body_) {
            request_.body += piece;
            step = chunks_.next(rest, piece);
        }
        if (step == chunked_body::step::data) return fail_too_large();
        if (step == chunked_body::step::bad) return fail_framing("the body's chunks are not by the grammar");
        if (step == chunked_body::step::done) state_ = state::complete;
        drop(unread().size() - rest.size());
    }

    void drop(std::size_t bytes) {
        begin_ += bytes;
        if (begin_ < in_.size()) return;
        in_.clear();
        begin_ = 0;
    }

    void feed(std::string_view bytes) {
        if (begin_ > 0) {
            // Pipelined requests stay behind the one that was taken; what was read goes before more comes.
            in_.erase(0, begin_);
            scanned_ -= std::min(scanned_, begin_);
            line_ -= std::min(line_, begin_);
            begin_ = 0;
        }
        in_ += bytes;
    }

    request& take() {
        is_taken_ = true;
        state_ = state::need_head;
        scanned_ = line_ = begin_;
        lines_ = 0;
        skipped_empty_line_ = false;
        if (in_.empty() && in_.capacity() > largest_kept_buffer) in_.shrink_to_fit();
        return request_;
    }

    limits limits_;
    state state_ = state::need_head;
    std::string in_;
    std::size_t begin_ = 0;    ///< of what is not read yet
    std::size_t scanned_ = 0;  ///< no line end before it that was not seen
    std::size_t line_ = 0;     ///< where the line that is being looked at begins
    std::size_t lines_ = 0;    ///< of the header until now
    bool skipped_empty_line_ = false;

    request request_;
    bool is_taken_ = false;  ///< and not yet let go
    known_head known_;       ///< of `request_`
    std::optional<std::uint64_t> length_;
    bool chunked_ = false;
    bool keep_alive_ = false;
    bool expects_continue_ = false;
    std::uint64_t max_body_ = 0;
    chunked_body chunks_;
    response fault_;
};

request_decoder::request_decoder(limits bounds) : impl_(std::make_unique<impl>(bounds)) {}
request_decoder::~request_decoder() = default;

void request_decoder::feed(std::string_view bytes) {
    impl_->feed(bytes);
}
request_decoder::state request_decoder::advance() {
    return impl_->advance();
}
const request& request_decoder::head() const noexcept {
    return impl_->request_;
}
std::optional<std::uint64_t> request_decoder::content_length() const noexcept {
    return impl_->length_;
}
bool request_decoder::announces_body() const noexcept {
    return impl_->chunked_ || impl_->length_.value_or(0) > 0;
}
bool request_decoder::expects_continue() const noexcept {
    return impl_->expects_continue_;
}
bool request_decoder::keep_alive() const noexcept {
    return impl_->keep_alive_;
}
void request_decoder::accept_body(std::uint64_t max_body) {
    impl_->accept_body(max_body);
}
request& request_decoder::take() {
    return impl_->take();
}
const response& request_decoder::fault() const noexcept {
    return impl_->fault_;
}
bool request_decoder::in_the_middle() const noexcept {
    return impl_->state_ != state::need_head || !impl_->unread().empty();
}
bool request_decoder::has_unread_bytes() const noexcept {
    return !impl_->unread().empty();
}

}  // namespace postrider::http
