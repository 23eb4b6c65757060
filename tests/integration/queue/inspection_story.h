#pragma once

#include "store_story.h"

#include <postrider/queue/inspection.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::queue {

/// An inspection beside a store that makes what there is to see. Every delivery is for `default.shop` unless
/// said otherwise.
class inspection_story : public store_story {
 protected:
    static constexpr const char* shop = "default.shop";
    using rows = std::vector<delivery_row>;

    void SetUp() override;
    void TearDown() override;

    /// Waits for an answer, which must be one.
    template <typename Value>
    Value ask(inspection::answer<Value> work) {
        auto answer = ask_for_any(std::move(work));
        if (!answer) ADD_FAILURE() << answer.error().text;
        return std::move(*answer);
    }
    template <typename Value>
    expected<Value, read_fault> ask_for_any(inspection::answer<Value> work) {
        std::optional<expected<Value, read_fault>> answer;
        run(fill(std::move(work), answer));
        return std::move(*answer);
    }

    static std::string id_of(const std::string& event) { return store_id("default", event); }
    /// Stored, and behind what waits.
    void put(const std::string& event, const std::vector<std::string>& endpoints = {"shop"});
    /// An event with an ordering key, for an endpoint that keeps to it.
    void put_keyed(const std::string& event, const std::string& key);
    /// The next of the endpoint's queue, in flight.
    delivery take(const std::string& endpoint = "shop");
    void deliver(const delivery& delivery, bool keeps_body = false);
    void retry(const delivery& delivery, milliseconds delay = std::chrono::hours(1));
    void bury(const delivery& delivery, dead_reason reason = dead_reason::attempts_exhausted);
    /// Put, taken and buried.
    void kill(const std::string& event, const std::string& endpoint = "shop",
              dead_reason reason = dead_reason::attempts_exhausted);

    page<delivery_row> list(const delivery_filter& filter = {}, const std::string& position = "",
                            std::size_t most = 100);
    /// Page after page until the last.
    rows list_all(const delivery_filter& filter, std::size_t most);
    std::vector<dead_letter> letters(const dead_letter_filter& filter, std::size_t most = 100);
    static std::vector<std::string> events_of(const rows& rows);
    static std::vector<std::string> events_of(const std::vector<dead_letter>& letters);
    static delivery_filter with_status(delivery_status status);
    inspection::item item_of(const std::string& event, const std::string& queue = shop,
                             std::uint64_t max_queued = 0) const;
    std::string state(const std::string& event, const std::string& endpoint = "shop");

    std::unique_ptr<inspection> inspection_;

 private:
    template <typename Value>
    static boost::asio::awaitable<void> fill(inspection::answer<Value> work,
                                             std::optional<expected<Value, read_fault>>& answer) {
        answer.emplace(co_await std::move(work));
    }
    static history_entry entry_for(const delivery& delivery, outcome::kind what);
};

}  // namespace postrider::queue
