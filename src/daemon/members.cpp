#include "daemon.h"

#include <postrider/log/log.h>

#include <algorithm>
#include <chrono>

namespace postrider::daemon {
namespace {
constexpr std::chrono::minutes differing_reported_every{1};
}

void daemon::on_members(const queue::membership_view_ptr& view) {
    members_ = view;
    compare_configurations();
    review_sealing();
}

/// While a new configuration is rolled out they differ for a moment; daemons that go on to differ send, sign
/// or retry in different ways, depending on who owns an endpoint.
void daemon::compare_configurations() {
    const auto differs = [this](const queue::member& one) { return one.config_hash != self_.config_hash; };
    const auto other = std::ranges::find_if(members_->members, differs);
    if (other == members_->members.end()) return;
    const monotonic_time now = system_time().monotonic_now();
    if (differing_reported_at_ != monotonic_time{} && now - differing_reported_at_ < differing_reported_every)
        return;
    differing_reported_at_ = now;
    log::warning("another daemon has a different configuration", {{"member", other->name},
                                                                  {"its_config_hash", other->config_hash},
                                                                  {"config_hash", self_.config_hash}});
}

}  // namespace postrider::daemon
