#include "chunked_body.h"

#include "chunk_line.h"
#include "field_line.h"

#include <algorithm>

namespace postrider::http {

namespace {

constexpr std::size_t longest_line = 1024;
/// What lines may cost beside the data: one-byte chunks with long extensions would have us read for nothing.
constexpr std::uint64_t free_overhead = 16384;
constexpr std::uint64_t overhead_per_byte = 16;

}  // namespace

chunked_body::step chunked_body::take_line(std::string_view& bytes) {
    const auto end = bytes.find('\n');
    const auto taken = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    overhead_ += taken.size();
    if (line_.size() + taken.size() > longest_line || overhead_ > free_overhead + overhead_per_byte * data_)
        return step::bad;
    line_ += taken;
    bytes.remove_prefix(taken.size());
    if (end == std::string_view::npos) return step::need_more;
    if (!line_.ends_with("\r\n")) return step::bad;
    line_.resize(line_.size() - 2);
    return line_.find('\r') == std::string::npos ? step::data : step::bad;
}

/// Two bytes must follow the data. Others are refused at the first one that differs, however many came with
/// it: what is told of a stream must not depend on how it was cut.
bool chunked_body::is_line_end(std::string_view bytes) const noexcept {
    const auto wanted = std::string_view("\r\n").substr(line_.size());
    return wanted.starts_with(bytes.substr(0, wanted.size()));
}

chunked_body::part chunked_body::after_line() {
    switch (part_) {
        case part::size_line: {
            const auto size = read_chunk_line(line_);
            if (!size) return part::bad;
            left_ = *size;
            return left_ == 0 ? part::trailer : part::data;
        }
        case part::data_end:
            return line_.empty() ? part::size_line : part::bad;
        case part::trailer:
            if (line_.empty()) return part::done;
            return read_field_line(line_) ? part::trailer : part::bad;
        default:
            return part::bad;
    }
}

chunked_body::step chunked_body::next(std::string_view& bytes, std::string_view& piece) {
    while (part_ != part::done && part_ != part::bad) {
        if (bytes.empty()) return step::need_more;
        if (part_ == part::data) {
            piece = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
            bytes.remove_prefix(piece.size());
            left_ -= piece.size();
            data_ += piece.size();
            if (left_ == 0) part_ = part::data_end;
            return step::data;
        }
        if (part_ == part::data_end && !is_line_end(bytes)) {
            part_ = part::bad;
            break;
        }
        const auto read = take_line(bytes);
        if (read == step::need_more) return step::need_more;
        part_ = read == step::bad ? part::bad : after_line();
        line_.clear();
    }
    return part_ == part::done ? step::done : step::bad;
}

}  // namespace postrider::http
