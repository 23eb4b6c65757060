// Events as clients post them, alone, as a list and as lines: what is accepted keeps the alphabets of the
// store and the bytes of its data.

#include "fuzz/target.h"

#include <postrider/base/random.h>
#include <postrider/event/event.h>

#include <intake/acceptance.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace postrider::fuzz {
namespace {

class counting_random final : public random_source {
 public:
    [[nodiscard]] std::uint64_t next() override { return ++count_; }

 private:
    std::uint64_t count_ = 0;
};

bool is_made_of(std::string_view text, std::string_view more, std::size_t most) {
    return !text.empty() && text.size() <= most && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               more.find(c) != std::string_view::npos;
    });
}

void check_event(const queue::new_event& accepted, std::string_view body) {
    const auto& event = *accepted.event;
    HOLDS(is_made_of(event.tenant, "_-", 64) && is_made_of(event.id, "_-", 256));
    HOLDS(is_made_of(event.type, "_.-", 256) && !event.type.starts_with("postrider."));
    HOLDS(event.key.size() <= 256);
    HOLDS(accepted.content_hash.empty() || accepted.content_hash.size() == 16);
    // What receivers get: JSON, and `data` as it was posted.
    constexpr std::string_view before_data = ",\"data\":";
    const auto data_at = event.body.find(before_data);
    HOLDS(data_at != std::string::npos && event.body.ends_with('}'));
    const auto begin = data_at + before_data.size();
    const std::string_view data = std::string_view(event.body).substr(begin, event.body.size() - begin - 1);
    HOLDS(!data.empty() && body.find(data) != std::string_view::npos);
    HOLDS(decode_event(encode_event(event)).has_value());
}

struct told_events {
    std::size_t accepted = 0;
    std::size_t refused = 0;
};

told_events accept_all(const intake::posted_batch& batch, std::string_view body,
                       const intake::sender& sender) {
    static const subscription::snapshot nobody{{}};
    counting_random random;
    told_events told;
    for (const auto& posted : *batch) {
        const auto accepted = intake::accept(posted, sender, nobody, random);
        if (!accepted) {
            const auto& fault = accepted.error();
            HOLDS(fault.status >= 400 && fault.status < 500 && fault.errors.size() <= 16);
            HOLDS(nlohmann::json::accept(intake::to_json(fault)));
            ++told.refused;
            continue;
        }
        if (sender.tenant) HOLDS(accepted->event->tenant == *sender.tenant);
        check_event(*accepted, body);
        ++told.accepted;
    }
    return told;
}

constexpr intake::batch_limits bounds{2048, 20};

void check_batch(const intake::posted_batch& batch, std::string_view body, const intake::sender& sender) {
    if (!batch) {
        HOLDS(nlohmann::json::accept(intake::to_json(batch.error())));
        return;
    }
    HOLDS(!batch->empty() && batch->size() <= bounds.max_events);
    (void)accept_all(batch, body, sender);
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(events) {
    using namespace postrider;
    using namespace postrider::fuzz;
    const wall_time now(std::chrono::milliseconds(1'700'000'000'000));
    const intake::sender anyone{std::nullopt, {}, {}, now};
    const intake::sender bound{"acme", {}, {}, now};
    for (const auto& sender : {anyone, bound}) {
        check_batch(intake::read_array(input, bounds), input, sender);
        check_batch(intake::read_lines(input, bounds), input, sender);
        intake::posted_batch one = std::vector<intake::posted_event>{intake::read_single(input)};
        (void)accept_all(one, input, sender);
    }
}
