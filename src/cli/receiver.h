#pragma once

#include "delivery_view.h"
#include "signature_check.h"

#include <postrider/http/server.h>
#include <postrider/runtime/signal.h>

#include <cstddef>
#include <deque>
#include <iosfwd>
#include <map>
#include <string>

namespace postrider::cli {

/// Counts the attempts of each event, of the latest 10,000.
class attempt_count {
 public:
    /// How often this id was counted, this time included.
    [[nodiscard]] std::size_t count(const std::string& id);

    static constexpr std::size_t max_ids = 10000;

 private:
    std::map<std::string, std::size_t> counts_;
    std::deque<std::string> oldest_first_;
};

struct receiver_options {
    int status = 200;
    milliseconds delay{0};
    std::size_t fail_first = 0;  ///< so many attempts of each event are answered 500
    view_options view{};
};

/// Answers deliveries as it was told and shows each one when it came. Lives on one shard, with its streams.
class receiver final : public http::handler {
 public:
    receiver(const boost::asio::any_io_executor& executor, signature_check check, receiver_options options,
             std::ostream& out);

    [[nodiscard]] expected<std::uint64_t, http::response> admit(
        const http::request& head, std::optional<std::uint64_t> content_length) override;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request& request) override;

    /// Ends every delay.
    void hurry();
    /// "3 deliveries: 2 verified, 1 NOT verified, 0 unchecked".
    [[nodiscard]] std::string summary() const;

    static constexpr std::uint64_t max_body_bytes = std::uint64_t{16} * 1024 * 1024;

 private:
    [[nodiscard]] int choose_status(const http::request& request);
    void show(const http::request& request, int status);

    signature_check check_;
    receiver_options options_;
    std::ostream& out_;
    runtime::signal hurried_;
    bool hurry_ = false;
    attempt_count attempts_;
    std::size_t verified_ = 0;
    std::size_t refused_ = 0;
    std::size_t unchecked_ = 0;
};

}  // namespace postrider::cli
