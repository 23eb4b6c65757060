#pragma once

#include "admin_story.h"
#include "integration/queue/store_story.h"

namespace postrider::admin {

/// The admin routes beside a store that makes what there is to see: what intake and the dispatcher do of it,
/// step by step. The webhooks "shop" and "other" of the tenant `default` and "mine" of `acme` are there.
class record_story : public admin_story {
 protected:
    record_story();
    ~record_story() override;

    /// Stored, for these webhooks, behind what waits for them.
    void put(const std::string& event, const std::vector<std::string>& webhooks = {"shop"},
             const std::string& type = "case.created");
    /// The next of the webhook's queue, in flight.
    queue::delivery take(const std::string& webhook = "shop");
    void deliver(const queue::delivery& delivery, bool keeps_body = false);
    void retry(const queue::delivery& delivery);
    void bury(const queue::delivery& delivery, dead_reason reason = dead_reason::attempts_exhausted);
    /// Put, taken and buried.
    void kill(const std::string& event, const std::string& webhook = "shop",
              const std::string& type = "case.created", dead_reason reason = dead_reason::attempts_exhausted);
    /// The webhook may have so many events queued.
    void bound_queue(const std::string& webhook, std::uint64_t most);

    static std::string tenant_of(const std::string& webhook) {
        return webhook == "mine" ? "acme" : "default";
    }
    static std::string id_of(std::string_view prefix, const std::string& event, const std::string& webhook) {
        const std::string tenant = tenant_of(webhook);
        const std::string said = tenant == "default" ? webhook : tenant + '.' + webhook;
        return std::string(prefix) + store_id(tenant, event) + '_' + said;
    }
    static std::string delivery_of(const std::string& event, const std::string& webhook = "shop") {
        return "/api/deliveries/" + id_of("del_", event, webhook);
    }
    static std::string letter_of(const std::string& event, const std::string& webhook = "shop") {
        return "/api/dead-letters/" + id_of("dl_", event, webhook);
    }
    /// The webhook orders events by their keys.
    void order_by_key(const std::string& webhook);
    /// All pages of a list, a few rows each.
    std::vector<json> list_all(const std::string& target, const std::string& name,
                               std::string_view token = "root");

    void wake(std::string queue_name) override { woken_.push_back(std::move(queue_name)); }

    std::vector<std::string> woken_;

 private:
    void until(const std::function<bool()>& so);
    void until_settled(std::size_t before);
    void show_webhooks();

    boost::asio::io_context store_context_{1};
    queue::no_names store_names_;
    metrics::registry store_metrics_;
    queue::keys store_keys_{"t", 4};
    queue::told_leases leases_;
    queue::told_dispatcher dispatch_;
    std::unique_ptr<redis::client> store_client_;
    std::unique_ptr<queue::store> store_;
    std::map<std::string, endpoint> webhooks_;
};

}  // namespace postrider::admin
