#include "configuration_change.h"
#include "daemon.h"
#include "log_choice.h"

#include <postrider/log/log.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace postrider::daemon {
namespace {

/// What a running daemon cannot change under its feet.
void warn_of_what_needs_a_restart(const config::settings& before, const config::settings& after) {
    const auto warn = [](const char* key) {
        log::warning("a changed setting takes effect at the next start", {{"key", key}});
    };
    if (before.ingest.address != after.ingest.address) warn("listen.ingest");
    if (before.admin.address != after.admin.address) warn("listen.admin");
    if (before.redis != after.redis) warn("redis");
    if (before.egress.dns_servers != after.egress.dns_servers) warn("egress.dns_servers");
    if (before.limits.dedup_window != after.limits.dedup_window) warn("limits.dedup_window_seconds");
    if (before.limits.max_remembered_ids != after.limits.max_remembered_ids)
        warn("limits.max_remembered_ids");
}

}  // namespace

void daemon::reject(const char* cause, std::vector<config::fault> faults, const reload_answer& answer) {
    metrics_.count_failed_reload();
    for (const auto& fault : faults)
        log::error("configuration rejected", {{"cause", cause}, {"fault", fault.to_string()}});
    reload_faults_ = faults;
    if (begun_) manager_.ready("the changed configuration was rejected; the one before stays in force");
    answer(std::move(faults));
}

/// A file that was touched and says what it said is no change; who asked for a reload is recorded anyhow.
void daemon::record_reload(const config::settings& before, catalog::change who) {
    auto changed = describe_configuration_change(before, live_->settings);
    if (!changed && who.via == "file") return;
    who.target = self_.name;
    who.after = changed.value_or("{}");
    shards_.front()->shard.post(
        [upkeep = shards_.front()->upkeep, who = std::move(who)] { upkeep->record(who); });
}

void daemon::reload_and(const char* cause, catalog::change who, const reload_answer& answer) {
    if (begun_ && !stopping_) manager_.reloading();
    auto loaded = options_.config_file.empty()
                      ? config::defaults()
                      : config::load(options_.config_file, config::process_environment());
    if (stopping_) return answer({});
    if (!loaded) return reject(cause, std::move(loaded.error()), answer);
    auto sealer = sealer_;
    if (loaded->encryption != live_->settings.encryption) {
        auto changed = change_keys(*loaded);
        if (!changed) return reject(cause, {std::move(changed.error())}, answer);
        sealer = std::move(*changed);
    }
    // Last: once it is made it holds.
    if (auto made = renew_tls(*loaded); !made) return reject(cause, {std::move(made.error())}, answer);
    sealer_ = std::move(sealer);
    reload_faults_.clear();
    loaded_at_ = system_time().wall_now();
    metrics_.count_reload(loaded_at_);
    choose_log(options_, loaded->log);
    warn_of_what_needs_a_restart(live_->settings, *loaded);
    if (auto stored = stored_.read(entries_, loaded->egress.allow_ports)) of_catalog_ = std::move(*stored);
    ++version_;
    const auto before = live_;
    read_interfaces();
    live_ = make_live(std::move(*loaded));
    set_doors();
    report_settings_warnings(before->settings.warnings);
    record_reload(before->settings, std::move(who));
    review_sealing();
    end_outdated_disablements();
    backpressure_.set_limits(live_->settings.limits);
    watch_files();
    self_.config_hash = live_->settings.hash;
    shards_.front()->shard.post(
        [first = shards_.front().get(), hash = self_.config_hash, key = sealing_key()] {
            first->membership->set_config_hash(hash);
            first->membership->set_sealing_key(key);
        });
    apply([this, cause, answer] {
        log::info("configuration reloaded",
                  {{"cause", cause}, {"endpoints", live_->subscriptions->endpoints().size()}});
        if (begun_ && !stopping_) manager_.ready(condition());
        answer({});
    });
}

void daemon::apply(std::function<void()> applied) {
    auto left = std::make_shared<std::size_t>(shards_.size());
    for (auto& stack : shards_) {
        stack->shard.post([this, at = stack.get(), live = live_, left, applied] {
            at->apply(live);
            boost::asio::post(io_, [left, applied] {
                if (--*left == 0) applied();
            });
        });
    }
}

void daemon::watch_files() {
    if (options_.config_file.empty()) return;
    if (!file_watch_) {
        file_watch_ = std::make_unique<file_watch>(
            io_.get_executor(), [this] { reload_and("file", made_by("file"), [](const auto&) {}); });
    }
    auto files = live_->settings.files;
    if (std::find(files.begin(), files.end(), options_.config_file) == files.end()) {
        files.push_back(options_.config_file);
    }
    file_watch_->watch(files);
}

}  // namespace postrider::daemon
