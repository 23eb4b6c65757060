#pragma once

#include "announcer.h"

#include <postrider/breaker/shared_fault_storm.h>
#include <postrider/dispatch/slots.h>
#include <postrider/event/standing.h>
#include <postrider/queue/store.h>

#include <functional>
#include <string>

namespace postrider::dispatch {

/// What follows from an attempt for its endpoint: its circuit, its rate and window learn, it may be disabled,
/// and who subscribed to operational events is told. Lives on the shard's executor.
class consequences {
 public:
    using disable_request =
        std::function<void(std::string queue_name, standing::disablement why, std::string url_text)>;

    consequences(queue::store& store, announcer& news, breaker::shared_fault_storm& storm,
                 const time_source& time, disable_request disable)
        : store_(store), news_(news), storm_(storm), time_(time), disable_(std::move(disable)) {}

    struct ended_attempt {
        const endpoint& to;  ///< as it was when the attempt began
        const event& what;
        std::uint32_t number;
        const attempt_result& result;
        const outcome& decided;
        breaker::breaker::ticket ticket;
        monotonic_time begun_at;
        monotonic_time now;  ///< and `wall_now`: when it ended
        wall_time wall_now;
    };
    void draw(endpoint_queue& queue, const ended_attempt& attempt);
    /// The attempt says nothing: it was cut, or did not go out.
    void draw_none(endpoint_queue& queue, breaker::breaker::ticket ticket, monotonic_time begun_at);

    /// What was counted against the endpoint is forgotten: an operator resumed it, or its url is another.
    void forgive(endpoint_queue& queue);

    /// Hands a changed circuit or failing span to the store.
    void save_health(endpoint_queue& queue);

 private:
    void tell_of_death(const ended_attempt& attempt);
    [[nodiscard]] breaker::verdict judge_in_storm(const ended_attempt& attempt, const endpoint_queue& queue,
                                                  monotonic_time now);
    void follow_circuit(endpoint_queue& queue, const endpoint& endpoint, breaker::breaker::change change);
    void follow_span(endpoint_queue& queue, const endpoint& endpoint, breaker::failing_span::verdict span);
    void disable(endpoint_queue& queue, const endpoint& endpoint, standing::disablement why);

    queue::store& store_;
    announcer& news_;
    breaker::shared_fault_storm& storm_;
    const time_source& time_;
    disable_request disable_;
};

}  // namespace postrider::dispatch
