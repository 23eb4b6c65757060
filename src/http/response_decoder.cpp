#include "chunked_body.h"
#include "head_reader.h"
#include "text.h"

#include <postrider/base/ascii.h>
#include <postrider/http/decoder.h>
#include <postrider/http/head_scan.h>

#include <algorithm>

namespace postrider::http {

struct response_decoder::impl {
    static constexpr std::size_t date_size = 29;  // of the form that everybody sends (RFC 9110 section 5.6.7)
    static constexpr std::size_t no_date = std::string::npos;

    enum class part : std::uint8_t { head, sized_body, chunked_body, body_to_end, ended };

    explicit impl(limits limits) : limits_(limits) {}

    state feed(std::string_view bytes) {
        if (knows_head_ && !bytes.empty()) take_known_head(bytes);
        while (part_ == part::head && !bytes.empty())
            take_head(bytes);
        if (part_ == part::sized_body) take_sized(bytes);
        if (part_ == part::chunked_body) take_chunks(bytes);
        if (part_ == part::body_to_end) take_body(bytes);
        // A byte behind the end: the peer and we disagree about where messages end.
        if (part_ == part::ended && !bytes.empty()) reusable_ = false;
        return state_;
    }

    state feed_eof() {
        reusable_ = false;
        switch (part_) {
            case part::head:
                fail("closed before a complete header block");
                break;
            case part::body_to_end:
                end(state::complete);
                break;
            case part::sized_body:
            case part::chunked_body:
                truncate("closed before the end of the body");
                break;
            case part::ended:
                break;
        }
        return state_;
    }

    void reset() {
        part_ = part::head;
        state_ = state::need_more;
        knows_head_ = have_head_;
        if (!knows_head_) forget_head();
        kept_.clear();
        fault_.clear();
        left_ = taken_ = 0;
        interim_ = 0;
        have_head_ = reusable_ = false;
    }

    void forget_head() {
        knows_head_ = false;
        block_.clear();
        clear_head();
        line_start_ = 0;
    }

    /// What was read out of the block, not the block. The list's memory is kept for the next response.
    void clear_head() {
        auto headers = std::move(head_.headers);
        headers.clear();
        head_ = response_head();
        head_.headers = std::move(headers);
    }

    /// A receiver mostly answers with the header block that it gave before on this connection, but for the
    /// time. What was read out of those bytes, scanned and parsed, holds for the same bytes again; any other
    /// are read anew.
    void take_known_head(std::string_view& bytes) {
        if (!take_over_date(bytes) || !bytes.starts_with(block_)) return forget_head();
        knows_head_ = false;
        bytes.remove_prefix(block_.size());
        accept_head();
    }

    /// What changes each second: where another time stands in Date, it is the known block's from here on, at
    /// the same place. False: it is nothing that may stand there.
    bool take_over_date(std::string_view bytes) {
        const auto date = bytes.substr(std::min(date_, bytes.size()), date_size);
        if (date_ == no_date || block_.compare(date_, date_size, date) == 0) return true;
        if (date.size() < date_size || std::ranges::any_of(date, is_control) || trim_blanks(date) != date)
            return false;
        block_.replace(date_, date_size, date);
        return true;
    }

    void note_date() {
        const auto date = std::ranges::find_if(head_.headers, [](const auto& header) {
            return header.second.size() == date_size && ascii::equal_ignoring_case(header.first, "Date");
        });
        date_ = date == head_.headers.end() ? no_date
                                            : static_cast<std::size_t>(date->second.data() - block_.data());
    }

    void end(state how) {
        state_ = how;
        part_ = part::ended;
    }
    void fail(std::string why) {
        fault_ = std::move(why);
        have_head_ = reusable_ = false;
        end(state::failed);
    }
    void truncate(std::string why) {
        fault_ = std::move(why);
        reusable_ = false;
        end(state::truncated);
    }

    /// Takes bytes up to the empty line, line by line, and reads the block when it is whole.
    void take_head(std::string_view& bytes) {
        const auto line_end = bytes.find('\n');
        const auto taken = bytes.substr(0, line_end == std::string_view::npos ? line_end : line_end + 1);
        if (block_.size() + taken.size() > limits_.max_head) {
            fail("a header block of more than " + std::to_string(limits_.max_head) + " bytes");
            return;
        }
        block_ += taken;
        bytes.remove_prefix(taken.size());
        if (!is_http_so_far()) return fail("not HTTP/1.1");
        if (line_end == std::string_view::npos) return;
        if (!block_.ends_with("\r\n")) return fail("a line of the header does not end in CRLF");
        const bool empty_line = block_.size() - line_start_ == 2;
        line_start_ = block_.size();
        if (empty_line) read_head();
    }

    /// Garbage is known by its first bytes, long before a line ends.
    [[nodiscard]] bool is_http_so_far() const {
        static constexpr std::string_view beginning = "HTTP/1.";
        const auto compared = std::min(block_.size(), beginning.size());
        return std::string_view(block_).substr(0, compared) == beginning.substr(0, compared);
    }

    void read_head() {
        if (auto fault = fault_in_response_head(block_)) return fail(std::move(*fault));
        clear_head();
        if (auto fault = read_response_head(block_, head_); !fault.empty()) return fail(std::move(fault));
        if (head_.status < 100 || head_.status > 599)
            return fail("status " + std::to_string(head_.status) + " does not exist");
        if (head_.status < 200) return skip_interim();
        note_date();
        accept_head();
    }

    void accept_head() {
        have_head_ = true;
        reusable_ = head_.version == 11 && head_.keep_alive;
        begin_body();
    }

    void skip_interim() {
        if (head_.status == 101) return fail("101 although no other protocol was asked for");
        if (head_.chunked || head_.content_length.value_or(0) > 0)
            return fail("an interim response announces a body");
        if (++interim_ > limits_.max_interim)
            return fail("more than " + std::to_string(limits_.max_interim) + " interim responses");
        block_.clear();
        line_start_ = 0;
    }

    void begin_body() {
        if (head_.status == 304) return end(state::complete);
        if (head_.status == 204) {
            if (head_.chunked || head_.content_length.value_or(0) > 0)
                return truncate("204 announces a body");
            return end(state::complete);
        }
        if (head_.chunked) {
            chunks_ = chunked_body();
            part_ = part::chunked_body;
        } else if (!head_.content_length) {
            reusable_ = false;
            part_ = part::body_to_end;
        } else if (*head_.content_length == 0) {
            end(state::complete);
        } else {
            left_ = *head_.content_length;
            part_ = part::sized_body;
        }
    }

    void take_sized(std::string_view& bytes) {
        auto piece = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
        const auto size = piece.size();
        take_body(piece);
        bytes.remove_prefix(size);
        left_ -= size;
        if (part_ == part::sized_body && left_ == 0) end(state::complete);
    }

    void take_chunks(std::string_view& bytes) {
        std::string_view piece;
        while (part_ == part::chunked_body) {
            switch (chunks_.next(bytes, piece)) {
                case chunked_body::step::data:
                    take_body(piece);
                    break;
                case chunked_body::step::need_more:
                    return;
                case chunked_body::step::done:
                    end(state::complete);
                    break;
                case chunked_body::step::bad:
                    truncate("the body's chunks are not by the grammar");
                    break;
            }
        }
    }

    void take_body(std::string_view& piece) {
        kept_ += piece.substr(0, limits_.max_kept - std::min(limits_.max_kept, kept_.size()));
        taken_ += piece.size();
        piece = {};
        if (taken_ > limits_.max_body)
            truncate("a body of more than " + std::to_string(limits_.max_body) + " bytes");
    }

    // What each response needs comes first, side by side: where thousands of connections take turns, none of
    // it is in the processor's cache.
    part part_ = part::head;
    state state_ = state::need_more;
    bool have_head_ = false;
    bool reusable_ = false;
    bool knows_head_ = false;  ///< `block_` and `head_` are of the response before
    int interim_ = 0;
    std::uint64_t left_ = 0;      ///< of a body with a length
    std::uint64_t taken_ = 0;     ///< of the body
    std::size_t date_ = no_date;  ///< where the time begins in `block_`
    std::string block_;
    response_head head_;
    std::string kept_;
    std::string fault_;
    std::size_t line_start_ = 0;
    limits limits_;
    chunked_body chunks_;
};

response_decoder::response_decoder(limits bounds) : impl_(std::make_unique<impl>(bounds)) {}
response_decoder::~response_decoder() = default;

response_decoder::state response_decoder::feed(std::string_view bytes) {
    return impl_->feed(bytes);
}
response_decoder::state response_decoder::feed_eof() {
    return impl_->feed_eof();
}
bool response_decoder::have_head() const noexcept {
    return impl_->have_head_;
}
int response_decoder::status() const noexcept {
    return impl_->have_head_ ? impl_->head_.status : 0;
}

std::string_view response_decoder::header(std::string_view name) const noexcept {
    if (!impl_->have_head_) return {};
    const auto& headers = impl_->head_.headers;
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
        return ascii::equal_ignoring_case(header.first, name);
    });
    return found == headers.end() ? std::string_view() : found->second;
}

const std::vector<std::pair<std::string_view, std::string_view>>& response_decoder::headers() const noexcept {
    return impl_->head_.headers;
}
std::string_view response_decoder::body_prefix() const noexcept {
    return impl_->kept_;
}
bool response_decoder::reusable() const noexcept {
    return impl_->reusable_ && impl_->state_ == state::complete;
}
std::string_view response_decoder::fault() const noexcept {
    return impl_->fault_;
}
void response_decoder::reset() {
    impl_->reset();
}

}  // namespace postrider::http
