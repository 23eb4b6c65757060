#include "daemon.h"
#include "state_directory.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace postrider::daemon {
namespace {

bool has_other_keys(const catalog::key_uses& uses, const std::string& first) {
    return std::ranges::any_of(uses, [&](const auto& use) { return use.first != first; });
}

}  // namespace

/// What the API stores is sealed with the configured key; on the embedded Redis, without one, with a key of
/// the daemon's own beside its data.
expected<std::shared_ptr<const catalog::sealer>, std::string> daemon::make_sealer(
    const config::encryption_settings& configured) const {
    std::vector<secret> keys;
    if (configured.key) keys.push_back(*configured.key);
    keys.insert(keys.end(), configured.previous_keys.begin(), configured.previous_keys.end());
    const std::string own_file =
        (std::filesystem::path(state_directory_of(options_.state_directory)) / "encryption.key").string();
    if (embedded_ && (!configured.key || std::filesystem::exists(own_file))) {
        system_random random;
        auto own = catalog::open_key_file(own_file, random);
        if (!own) return unexpected<std::string>(own.error());
        keys.push_back(std::move(*own));
    }
    return std::make_shared<const catalog::sealer>(std::move(keys));
}

expected<void, std::string> daemon::open_sealer() {
    auto made = make_sealer(live_->settings.encryption);
    if (!made) return unexpected<std::string>(std::move(made.error()));
    sealer_ = std::move(*made);
    return {};
}

/// With a key gone that something is sealed with, what the API made could not be read at the next start.
expected<std::shared_ptr<const catalog::sealer>, config::fault> daemon::change_keys(
    const config::settings& wanted) const {
    config::fault fault;
    fault.file = options_.config_file;
    auto made = make_sealer(wanted.encryption);
    if (!made) {
        fault.message = std::move(made.error());
        return unexpected<config::fault>(std::move(fault));
    }
    const auto ids = (*made)->key_ids();
    for (const auto& [id, use] : key_uses_) {
        if (std::ranges::find(ids, id) != ids.end()) continue;
        fault.message = "\"encryption\" is without the key " + id + ", with which " +
                        std::to_string(use.entries) + " stored endpoints are sealed, " + use.example +
                        " among them; allowed is to take it out of \"previous_keys\" when `postrider status` "
                        "shows that nothing is sealed with it";
        return unexpected<config::fault>(std::move(fault));
    }
    return std::move(*made);
}

std::string daemon::sealing_key() const {
    if (!sealer_ || !sealer_->can_seal()) return {};
    return sealer_->key_ids().front();
}

/// Members that seal with another key would seal back what this one seals anew.
std::vector<std::string> daemon::members_with_another_key() const {
    std::vector<std::string> names;
    if (embedded_ || !members_) return names;
    const std::string own = sealing_key();
    for (const auto& one : members_->members)
        if (one.id != self_.id && one.sealing_key != own) names.push_back(one.name);
    return names;
}

void daemon::review_sealing() {
    const std::string own = sealing_key();
    const bool has_outdated = !own.empty() && has_other_keys(key_uses_, own);
    const bool may_seal = (embedded_ || members_) && members_with_another_key().empty();
    shards_.front()->shard.post([upkeep = shards_.front()->upkeep, has_outdated, may_seal] {
        upkeep->review(has_outdated, may_seal);
    });
}

void daemon::on_key_uses(catalog::key_uses uses) {
    key_uses_ = std::move(uses);
    review_sealing();
}

}  // namespace postrider::daemon
