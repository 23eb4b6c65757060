#include "daemon.h"

#include <postrider/base/version.h>
#include <postrider/log/log.h>

#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

std::shared_ptr<catalog_watch> daemon::make_catalog_watch() {
    shard_stack& first = *shards_.front();
    return std::make_shared<catalog_watch>(
        first.shard.executor(), first.catalog,
        [this](catalog::content read, catalog_watch::answer applied) {
            auto carried = std::make_shared<catalog::content>(std::move(read));
            asio::post(io_, [this, carried, applied = std::move(applied)] { on_catalog(*carried, applied); });
        },
        [this](std::string fault) {
            asio::post(io_, [this, fault = std::move(fault)] { on_catalog_fault(fault); });
        });
}

/// Once everything was known, the last of it stays in force.
void daemon::on_catalog_fault(const std::string& fault) {
    if (!store_fault_.empty()) return;
    if (catalog_fault_report_.allow(system_time().monotonic_now()))
        log::warning("the endpoints in the store cannot be read", {{"error", fault}});
    if (catalog_fault_.empty()) return;
    catalog_fault_ = "the endpoints in the store cannot be read: " + fault;
    show_fault();
}

void daemon::on_catalog(const catalog::content& read, const catalog_watch::answer& applied) {
    auto endpoints = stored_.read(read.endpoints, live_->settings.egress.allow_ports);
    if (!endpoints) return applied(endpoints.error());
    entries_ = read.endpoints;
    of_catalog_ = std::move(*endpoints);
    standings_ = std::make_shared<const standing_map>(read.standings);
    standings_version_ = read.version;
    cursor_key_ = read.cursor_key;
    key_uses_ = read.sealed_with;
    ++version_;
    live_ = make_live(live_->settings);
    review_sealing();
    apply([this, applied] {
        applied({});
        if (std::exchange(catalog_fault_, {}).empty()) return;
        end_outdated_disablements();
        show_fault();
        begin_when_whole();
    });
}

requests daemon::make_requests() {
    requests asked;
    asked.reload = [this](catalog::change who, reload_answer answer) {
        asio::post(io_, [this, who = std::move(who), answer = std::move(answer)] {
            reload_and("request", who, answer);
        });
    };
    asked.count_keys = [this](catalog::key_uses uses) {
        asio::post(io_, [this, uses = std::move(uses)] { on_key_uses(uses); });
    };
    asked.refresh = [this](catalog_watch::answer answer) {
        asio::post(io_, [this, answer = std::move(answer)] {
            if (!catalog_watch_ || stopping_) return answer("the daemon is not running");
            shards_.front()->shard.post([watch = catalog_watch_, answer] { watch->refresh(answer); });
        });
    };
    asked.send_test = [this](std::string queue_name, std::string event_type,
                             std::function<void(std::optional<std::string>)> answer) {
        shard_stack& owner = *shards_[keys_.partition_of(queue_name) % shards_.size()];
        owner.shard.post(
            [&owner, queue_name = std::move(queue_name), event_type = std::move(event_type),
             answer = std::move(answer)] { answer(owner.dispatcher.send_test(queue_name, event_type)); });
    };
    asked.wake = [this](std::uint32_t partition, std::string queue_name) {
        shard_stack& owner = *shards_[partition % shards_.size()];
        owner.shard.post([&owner, partition, name = std::move(queue_name)] {
            owner.dispatcher.on_ready(partition, name);
        });
    };
    asked.wake_jobs = [this] {
        shards_.front()->shard.post([first = shards_.front().get()] { first->job_runner->wake(); });
    };
    asked.share = [this](queue::membership_view_ptr view) {
        for (auto& stack : shards_)
            stack->shard.post([at = stack.get(), view] { at->set_view(view); });
        asio::post(io_, [this, view = std::move(view)] { on_members(view); });
    };
    asked.look_for_free = [this] {
        for (auto& stack : shards_)
            stack->shard.post([at = stack.get()] { at->ownership.look_now(); });
    };
    asked.wake_if_owned = [this](std::uint32_t partition, std::string queue_name) {
        shard_stack& owner = *shards_[partition % shards_.size()];
        owner.shard.post(
            [&owner, partition, name = std::move(queue_name)] { owner.wake_if_owned(partition, name); });
    };
    asked.metrics_page = [this](metrics_page::answer answer) { page_->ask(std::move(answer)); };
    asked.facts = [this](std::function<void(admin::daemon_facts)> answer) {
        asio::post(io_, [this, answer = std::move(answer)] { gather_facts(answer); });
    };
    return asked;
}

void daemon::gather_facts(const std::function<void(admin::daemon_facts)>& answer) {
    auto facts = std::make_shared<admin::daemon_facts>();
    facts->version = version();
    facts->started_at = started_at_;
    facts->redis = source_.display();
    facts->shards = shards_.size();
    facts->partitions = keys_.partitions();
    facts->files = live_->settings.files;
    facts->loaded_at = loaded_at_;
    facts->last_reload_faults = reload_faults_;
    facts->member_id = self_.id;
    if (members_) facts->members = members_->members;
    facts->warnings = warnings_;
    facts->encryption = {sealer_->key_ids(), key_uses_, members_with_another_key()};
    auto left = std::make_shared<std::size_t>(shards_.size());
    for (auto& stack : shards_) {
        stack->shard.post([this, at = stack.get(), facts, left, answer] {
            asio::post(io_, [facts, left, answer, sending = at->dispatcher.in_flight(),
                             owned = at->ownership.owned(), differing = at->audit->standing()] {
                facts->in_flight += sending;
                facts->partitions_owned += owned;
                facts->partitions_not_adding_up += differing;
                if (--*left == 0) answer(*facts);
            });
        });
    }
}

}  // namespace postrider::daemon
