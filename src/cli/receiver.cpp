#include "receiver.h"

#include "challenge_answer.h"

#include <ostream>
#include <utility>

namespace postrider::cli {

std::size_t attempt_count::count(const std::string& id) {
    const auto [place, fresh] = counts_.try_emplace(id, 0);
    const std::size_t counted = ++place->second;
    if (fresh) {
        oldest_first_.push_back(id);
        if (oldest_first_.size() > max_ids) {
            counts_.erase(oldest_first_.front());
            oldest_first_.pop_front();
        }
    }
    return counted;
}

receiver::receiver(const boost::asio::any_io_executor& executor, signature_check check,
                   receiver_options options, std::ostream& out)
    : check_(std::move(check)), options_(options), out_(out), hurried_(executor) {}

expected<std::uint64_t, http::response> receiver::admit(const http::request& head,
                                                        std::optional<std::uint64_t> content_length) {
    if (head.method != "POST") {
        auto refusal = http::problem(405, "method_not_allowed", "postrider listen takes POST requests");
        refusal.headers.emplace_back("Allow", "POST");
        return unexpected<http::response>(std::move(refusal));
    }
    if (content_length.value_or(0) > max_body_bytes)
        return unexpected<http::response>(http::problem(413, "body_too_large", "at most 16 MiB are taken"));
    return max_body_bytes;
}

boost::asio::awaitable<http::response> receiver::handle(http::request& request) {
    http::response answer;
    answer.status = choose_status(request);
    answer.content_type = "text/plain";
    answer.body = std::string(http::reason_phrase(answer.status)) + '\n';
    if (auto challenge = challenge_in(request.body)) answer.body = std::move(*challenge);
    show(request, answer.status);
    if (options_.delay.count() > 0 && !hurry_) (void)co_await hurried_.wait_for(options_.delay);
    co_return answer;
}

void receiver::hurry() {
    hurry_ = true;
    hurried_.notify_all();
}

std::string receiver::summary() const {
    const auto all = verified_ + refused_ + unchecked_;
    return std::to_string(all) + (all == 1 ? " delivery: " : " deliveries: ") + std::to_string(verified_) +
           " verified, " + std::to_string(refused_) + " NOT verified, " + std::to_string(unchecked_) +
           " unchecked";
}

int receiver::choose_status(const http::request& request) {
    if (options_.fail_first == 0) return options_.status;
    const std::string id(request.header("webhook-id"));
    return attempts_.count(id) <= options_.fail_first ? 500 : options_.status;
}

void receiver::show(const http::request& request, int status) {
    const wall_time now = system_time().wall_now();
    delivery_view view{.at = now, .checked = check_(request, now), .answered = status, .request = request};
    switch (view.checked.what) {
        case verdict::kind::verified:
            ++verified_;
            break;
        case verdict::kind::refused:
            ++refused_;
            break;
        case verdict::kind::unchecked:
            ++unchecked_;
            break;
    }
    view.number = verified_ + refused_ + unchecked_;
    out_ << render(view, options_.view) << std::flush;
}

}  // namespace postrider::cli
