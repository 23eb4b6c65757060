#include <postrider/limit/remembered_ids.h>

#include <algorithm>

namespace postrider::limit {

namespace {
constexpr milliseconds least{1000};
constexpr std::int64_t pieces = 1024;
}  // namespace

remembered_ids::remembered_ids(std::uint64_t most, milliseconds window)
    : most_(most), window_(window), width_(std::max(window / pieces, least)), present_(window) {}

void remembered_ids::forget_expired(monotonic_time now) {
    const std::int64_t piece = now.time_since_epoch() / width_;
    while (!expiring_.empty() && expiring_.begin()->first < piece) {
        remembered_ -= expiring_.begin()->second;
        expiring_.erase(expiring_.begin());
    }
}

milliseconds remembered_ids::update(std::uint64_t total, monotonic_time now) {
    forget_expired(now);
    // A store that was wiped or went back in time counts anew.
    const std::uint64_t fresh = begun_ && total > last_total_ ? total - last_total_ : 0;
    begun_ = true;
    last_total_ = total;
    if (fresh > 0) expiring_[(now + present_).time_since_epoch() / width_] += fresh;
    remembered_ += fresh;
    const double quarter = static_cast<double>(most_) / 4;
    const double room = static_cast<double>(most_) - static_cast<double>(remembered_);
    const double share = std::clamp(room / quarter, 0.0, 1.0);
    const auto wanted = static_cast<milliseconds::rep>(static_cast<double>(window_.count()) * share);
    present_ = std::min(window_, std::max(least, milliseconds(wanted)));
    return present_;
}

}  // namespace postrider::limit
