#include "delivery_lines.h"

#include "delivery_view.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

bool has_letter(queue::delivery_status status) noexcept {
    return status == queue::delivery_status::dead || status == queue::delivery_status::expired;
}

}  // namespace

void export_page::add(const json& line) {
    body_.append(line.dump(-1, ' ', false, json::error_handler_t::replace)).append("\n");
    ++lines_;
}

void export_page::add_text(std::string_view kind, std::string_view object) {
    body_.append(R"({"kind":")").append(kind).append("\",").append(object.substr(1)).append("\n");
    ++lines_;
}

http::response export_page::end(const json& next_cursor) && {
    add(json{{"kind", "page"}, {"next_cursor", next_cursor}});
    http::response out;
    out.content_type = "application/x-ndjson";
    out.body = std::move(body_);
    return out;
}

asio::awaitable<expected<std::optional<json>, queue::read_fault>> read_delivery_line(const call& asked,
                                                                                     std::string queue_name,
                                                                                     std::string store_id) {
    auto detail = co_await asked.around.inspection.delivery(queue_name, store_id);
    if (!detail) co_return unexpected<queue::read_fault>(std::move(detail.error()));
    std::optional<json> line;
    if (!*detail) co_return line;
    line.emplace();
    (*line)["kind"] = "delivery";
    (*line)["tenant"] = queue_name.substr(0, queue_name.find('.'));
    const auto described = describe_delivery(**detail);
    for (const auto& [name, value] : described.items())
        (*line)[name] = value;
    (*line)["key"] = text_or_null((*detail)->ordering_key);
    (*line)["dead_letter"] = nullptr;
    if (!has_letter((*detail)->row.status)) co_return line;
    const auto letter = co_await asked.around.inspection.find_dead_letter(queue_name, store_id);
    if (!letter) co_return unexpected<queue::read_fault>(letter.error());
    if (*letter) (*line)["dead_letter"] = describe_dead_letter(**letter);
    co_return line;
}

}  // namespace postrider::admin
