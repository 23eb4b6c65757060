#pragma once

#include "announcer.h"
#include "challenges.h"
#include "consequences.h"
#include "departures.h"
#include "gauges.h"
#include "housekeeping.h"
#include "settlement.h"
#include "test_deliveries.h"

#include <postrider/dispatch/dispatcher.h>
#include <postrider/log/once_per_second.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/steady_timer.hpp>

namespace postrider::dispatch {
namespace asio = boost::asio;

/// What a dispatcher is made of: adoption.cpp has what it knows of endpoints, sending.cpp the way of one
/// delivery, dispatcher.cpp the rest.
struct dispatcher::impl : std::enable_shared_from_this<dispatcher::impl> {
    impl(surroundings surroundings, neighbours neighbours, slot_limits limits);

    endpoint_queue& queue_of(const std::string& name, std::uint32_t partition);
    void count_anew(std::uint32_t partition);
    void adopt(endpoint_queue& queue);
    void adopt_standing(endpoint_queue& queue);
    void note_disabled(const std::string& name, const std::string& url_text, std::uint64_t version);
    void report_orphaned(endpoint_queue& queue) const;
    [[nodiscard]] bool is_leased(std::uint32_t partition) const;
    [[nodiscard]] bool may_begin(const endpoint_queue& queue) const;
    void use_slot(endpoint_queue& queue, queue::delivery delivery);
    void begin_ahead(endpoint_queue& queue);
    [[nodiscard]] bool may_wait_ahead(const endpoint_queue& queue) const;
    void hand_back_ahead(endpoint_queue& queue);
    struct send;
    void end_send(const send& ended, const attempt_result& result);
    void claim_and_arm(bool work);
    void arm_wake();
    asio::awaitable<void> keep_up(std::shared_ptr<impl> self);
    void keep_up_once(int round);
    void keep_up_queue(endpoint_queue& queue, monotonic_time now);
    [[nodiscard]] bool is_owner_of(std::uint32_t partition) const;
    [[nodiscard]] bool is_quiet() const { return sending == 0 && tests->under_way() == 0 && !upkeep_runs; }
    asio::awaitable<bool> wait_until_quiet(milliseconds longest);

    surroundings around;
    neighbours others;
    dispatch::slots slots;
    settlement settling;
    announcer news;
    consequences following;
    std::shared_ptr<gauges> depths;
    departures gone;
    std::shared_ptr<housekeeping> keeping;
    std::shared_ptr<test_deliveries> tests;
    challenges asking;
    subscription::snapshot_ptr snapshot;
    standings_ptr standings;
    std::uint64_t standings_version = 0;
    asio::steady_timer wake_timer;
    std::optional<monotonic_time> armed_for;
    runtime::signal sends_ended;
    runtime::signal stop_requested;
    log::once_per_second full_reported;
    std::size_t sending = 0;
    bool upkeep_runs = false;
    bool stopping = false;
    bool cutting = false;
    bool hurried = false;
};

}  // namespace postrider::dispatch
