#pragma once

#include "answer.h"
#include "route.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace postrider::admin {

/// A page of an export: a JSON object a line, each with its `kind`, and at the end a line of kind `page` with
/// `next_cursor`.
class export_page {
 public:
    static constexpr std::size_t most_bytes = 1024 * 1024;
    static constexpr std::size_t most_lines = 100;

    /// Past either bound; a page may go past by what was begun.
    [[nodiscard]] bool is_full() const noexcept { return lines_ >= most_lines || body_.size() >= most_bytes; }
    void add(const json& line);
    /// One that is text already, an object.
    void add_text(std::string_view kind, std::string_view object);
    [[nodiscard]] http::response end(const json& next_cursor) &&;

 private:
    std::string body_;
    std::size_t lines_ = 0;
};

/// All that is kept of a delivery: itself with its attempts and its body, and its dead letter. Nothing where
/// it went meanwhile. `asked` lives in the frame that waits for it.
[[nodiscard]] boost::asio::awaitable<expected<std::optional<json>, queue::read_fault>> read_delivery_line(
    const call& asked, std::string queue_name, std::string store_id);

}  // namespace postrider::admin
