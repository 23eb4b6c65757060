#include "dispatcher_impl.h"
#include "queue_name.h"

#include <postrider/log/log.h>

namespace postrider::dispatch {

endpoint_queue& dispatcher::impl::queue_of(const std::string& name, std::uint32_t partition) {
    endpoint_queue& queue = slots.open(name, partition);
    if (!queue.series) {
        queue.series = around.metrics.for_endpoint(endpoint_id_of(name));
        queue.last_used = around.time.monotonic_now();
        adopt(queue);
    }
    return queue;
}

/// Nothing is known of the partition's endpoints any more, or not yet. Their buckets are empty from now on:
/// what one of an earlier time would hold by now may have been sent by the owners in between.
void dispatcher::impl::count_anew(std::uint32_t partition) {
    const monotonic_time now = around.time.monotonic_now();
    for (auto& [name, queue] : slots.queues())
        if (queue->partition == partition && queue->endpoint) queue->policies.emplace(*queue->endpoint, now);
}

/// Takes over what the present snapshot and standings say of the queue's endpoint.
void dispatcher::impl::adopt(endpoint_queue& queue) {
    if (!snapshot) return;
    queue.endpoint = snapshot->find(queue.name);
    if (queue.endpoint) {
        const monotonic_time now = around.time.monotonic_now();
        if (queue.policies)
            queue.policies->configure(*queue.endpoint, now);
        else
            queue.policies.emplace(*queue.endpoint, now);
        // Another url is another receiver: it begins with nothing against it.
        if (!queue.url_text.empty() && queue.url_text != queue.endpoint->url_text) {
            queue.disabling = false;
            following.forgive(queue);
        }
        queue.url_text = queue.endpoint->url_text;
    }
    adopt_standing(queue);
}

void dispatcher::impl::adopt_standing(endpoint_queue& queue) {
    const auto found = standings->find(queue.name);
    const standing now = found == standings->end() ? standing{} : found->second;
    const bool is_disabled = now.disabled != standing::disablement::none;
    const bool did_hold = queue.disabled || queue.disabling || queue.paused;
    // Standings that know of the disablement decide, also when they say that it has been ended already.
    if (is_disabled || (queue.disabled_as_of && *queue.disabled_as_of <= standings_version))
        queue.disabling = false;
    queue.disabled = is_disabled;
    queue.paused = now.paused;
    if (did_hold && !now.holds() && !queue.disabling) following.forgive(queue);
    queue.held = now.holds() || queue.disabling || (queue.endpoint && !queue.endpoint->enabled) ||
                 (queue.endpoint && awaits_verification(*queue.endpoint, now));
}

/// The store took the disablement: standings of this version and later ones know of it, or of its end.
void dispatcher::impl::note_disabled(const std::string& name, const std::string& url_text,
                                     std::uint64_t version) {
    endpoint_queue* queue = slots.find(name);
    if (!queue || !queue->disabling || queue->url_text != url_text) return;
    queue->disabled_as_of = version;
    if (version > standings_version) return;
    adopt_standing(*queue);
    claim_and_arm(slots.look_again(*queue));
}

void dispatcher::impl::report_orphaned(endpoint_queue& queue) const {
    if (queue.endpoint || queue.reported_orphaned) return;
    queue.reported_orphaned = true;
    log::warning("events held for an endpoint that is not configured",
                 {{"endpoint", endpoint_id_of(queue.name)}, {"queue", queue.name}});
}

}  // namespace postrider::dispatch
