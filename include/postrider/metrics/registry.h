#pragma once

#include <postrider/base/clock.h>
#include <postrider/event/attempt.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// Every metric of Postrider (CONTRACT section 5), named in one place: src/metrics/names.h.
namespace postrider::metrics {

/// The series of one endpoint, looked up once and kept by its owner: the hot path takes no lock, and looks in
/// a map only when the type of an event is another than that of the event before. Not thread-safe (it
/// remembers series by event type); one for each endpoint and shard. The registry outlives it. Counts an
/// endpoint's first 100 event types by name, further ones as `other`.
class endpoint_series {
 public:
    virtual ~endpoint_series() = default;
    /// webhook_deliveries_total: counts an attempt.
    virtual void count_attempt(std::string_view event_type, attempt_status status) = 0;
    virtual void observe_delivery_seconds(double seconds) = 0;  ///< webhook_delivery_seconds
    virtual void count_retry() = 0;                             ///< webhook_retries_total
    virtual void count_dead(std::string_view reason) = 0;       ///< webhook_dead_letters_total
    virtual void set_in_flight(std::uint64_t value) = 0;        ///< webhook_in_flight
    virtual void set_queue_depth(std::uint64_t value) = 0;      ///< webhook_queue_depth
    virtual void set_oldest_event_seconds(double value) = 0;    ///< webhook_oldest_event_seconds
    virtual void set_dead_letters(std::uint64_t value) = 0;     ///< webhook_dead_letters
    /// webhook_circuit_state: 0 closed, 1 half-open, 2 open.
    virtual void set_circuit_state(int value) = 0;
    virtual void set_held(bool held) = 0;  ///< webhook_endpoint_held: 1 while paused or disabled
};

/// What `webhook_events_total{result}` may say.
enum class intake_result : std::uint8_t {
    accepted,
    unmatched,  ///< accepted, but no endpoint subscribed
    duplicate,
    conflict,
    invalid,
    unavailable,  ///< Redis failed or was too slow
};

/// webhook_events_total{event_type,result} as one shard counts it, without a lock. Not thread-safe. The
/// registry outlives it.
class intake_counts {
 public:
    virtual ~intake_counts() = default;
    /// An invalid event has the type "".
    virtual void count(std::string_view event_type, intake_result result) = 0;
};

/// All series of the process. Thread-safe. Label sets are bounded for each metric: past `max_series`
/// new label values fall under `other`, where gauges show the sum of the endpoints, or the highest
/// age and the most open circuit.
class registry {
 public:
    explicit registry(std::size_t max_series = 10000);
    ~registry();
    registry(const registry&) = delete;
    registry& operator=(const registry&) = delete;

    [[nodiscard]] std::unique_ptr<endpoint_series> for_endpoint(std::string_view endpoint_id);
    [[nodiscard]] std::unique_ptr<intake_counts> for_intake();
    /// Ends the gauges of an endpoint that another daemon shows now; its counters stay. An `endpoint_series`
    /// that still lives shows them again when it sets them.
    void forget_gauges(std::string_view endpoint_id);
    /// Ends everything of an endpoint that is gone, and makes room for others under the bound. What is
    /// counted for it afterwards begins anew, at 0.
    void forget_endpoint(std::string_view endpoint_id);

    void observe_ingest_seconds(double seconds);         ///< webhook_ingest_seconds
    void observe_time_to_first_attempt(double seconds);  ///< webhook_time_to_first_attempt_seconds
    void count_duplicate();                              ///< webhook_duplicate_events_total
    void count_auth_failure();                           ///< webhook_auth_failures_total
    /// webhook_egress_blocked_total{reason}: one of guard::to_string, of which there are few.
    void count_egress_blocked(std::string_view reason);
    /// webhook_config_last_reload_successful is 1, and webhook_config_last_reload_seconds that time.
    void note_loaded(wall_time now);
    void count_reload(wall_time now);  ///< webhook_config_reloads_total{result="success"}; as `note_loaded`
    void count_failed_reload();        ///< {result="failure"}; webhook_config_last_reload_successful is 0
    void observe_redis_seconds(std::string_view script, double seconds);  ///< webhook_redis_seconds{script}
    void change_partitions_owned(std::int64_t by);  ///< webhook_partitions_owned: the sum of all shards
    void change_audit_mismatch(std::int64_t by);    ///< webhook_audit_mismatch: the sum of all shards
    void count_stored_fault(
        std::string_view kind);  ///< webhook_stored_faults_total{kind}: odd entries set aside
    /// webhook_connections_refused_total{listener,reason}: both of closed sets.
    void count_refused_connection(std::string_view listener, std::string_view reason);
    void count_rate_limited(std::string_view token);    ///< webhook_rate_limited_requests_total{token}
    void count_previous_token(std::string_view token);  ///< webhook_previous_token_requests_total{token}

    /// The text format of Prometheus 0.0.4. With many endpoints it takes a while: not on a shard's thread.
    [[nodiscard]] std::string render() const;

 private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace postrider::metrics
