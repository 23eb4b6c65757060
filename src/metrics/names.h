#pragma once

/// Every metric that Postrider shows: its name and what it says. Dashboards depend on the names.
namespace postrider::metrics {

struct metric {
    const char* name;
    const char* help;
};

namespace names {

constexpr metric events{"webhook_events_total", "Events posted, by type and by what became of them."};
constexpr metric ingest_seconds{"webhook_ingest_seconds",
                                "Time from a complete request for intake to its answer."};
constexpr metric deliveries{"webhook_deliveries_total",
                            "Attempts to deliver, by endpoint, type and outcome."};
constexpr metric delivery_seconds{"webhook_delivery_seconds",
                                  "Duration of an attempt, from its begin to its outcome."};
constexpr metric time_to_first_attempt{"webhook_time_to_first_attempt_seconds",
                                       "Time from the acceptance of an event to its first attempt."};
constexpr metric retries{"webhook_retries_total", "Attempts that failed and will be repeated."};
constexpr metric queue_depth{"webhook_queue_depth", "Deliveries that wait, retries included."};
constexpr metric oldest_event_seconds{"webhook_oldest_event_seconds", "Age of the oldest waiting delivery."};
constexpr metric in_flight{"webhook_in_flight", "Requests under way."};
constexpr metric dead_letters{"webhook_dead_letters", "Dead letters that are kept."};
constexpr metric dead_letters_total{"webhook_dead_letters_total",
                                    "Deliveries that ended without success, by reason."};
constexpr metric circuit_state{"webhook_circuit_state",
                               "State of the circuit breaker: 0 closed, 1 half-open, 2 open."};
constexpr metric endpoint_held{"webhook_endpoint_held",
                               "1 while the events of the endpoint are held: it is paused or disabled."};
constexpr metric duplicate_events{"webhook_duplicate_events_total",
                                  "Events that were posted again and already stored."};
constexpr metric auth_failures{"webhook_auth_failures_total", "Requests refused for want of a valid token."};
constexpr metric egress_blocked{"webhook_egress_blocked_total",
                                "Attempts refused because the egress rules deny the destination, by reason."};
constexpr metric config_reloads{"webhook_config_reloads_total",
                                "Configurations that were loaded again, by result."};
constexpr metric last_reload_successful{"webhook_config_last_reload_successful",
                                        "1 while the files as they were last read are in force, 0 while they "
                                        "were refused for their faults."};
constexpr metric last_reload_seconds{"webhook_config_last_reload_seconds",
                                     "When the configuration in force was loaded, in seconds since 1970."};
constexpr metric redis_seconds{"webhook_redis_seconds", "Time from a call of a script to its reply."};
constexpr metric partitions_owned{"webhook_partitions_owned",
                                  "Partitions that this daemon owns, by leases that have not run out."};
constexpr metric audit_mismatch{"webhook_audit_mismatch",
                                "Owned partitions whose counters do not add up with what lies in them."};
constexpr metric stored_faults{"webhook_stored_faults_total",
                               "Entries of the store that made no sense and were set aside, by kind."};
constexpr metric refused_connections{"webhook_connections_refused_total",
                                     "Connections that were closed unserved, by listener and reason."};
constexpr metric rate_limited{"webhook_rate_limited_requests_total",
                              "Requests refused because their token's rate was used up."};
constexpr metric previous_token{"webhook_previous_token_requests_total",
                                "Requests that came with a token's previous value."};

}  // namespace names

/// The reasons of `egress_blocked`, shown from the start: they are few, and an alert sees the first count.
constexpr const char* egress_reasons[] = {"denied_loopback", "denied_private",  "denied_link_local",
                                          "denied_metadata", "denied_reserved", "denied_own_listener",
                                          "denied_redis"};

/// What stands for every label value past a metric's bound.
constexpr const char* other = "other";

}  // namespace postrider::metrics
