#include "claim_reader.h"

#include "stored_event.h"

#include <postrider/base/stored_time.h>

#include <charconv>
#include <optional>
#include <utility>

namespace postrider::queue {

namespace {

/// Numbers and words of a header, separated by single spaces.
class word_reader {
 public:
    explicit word_reader(std::string_view rest) : rest_(rest) {}
    [[nodiscard]] std::string_view next() {
        const auto end = std::min(rest_.find(' '), rest_.size());
        const auto word = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        return word;
    }
    [[nodiscard]] std::uint32_t number() {
        const auto word = next();
        std::uint32_t value = 0;
        std::from_chars(word.data(), word.data() + word.size(), value);
        return value;
    }

 private:
    std::string_view rest_;
};

/// Milliseconds since the epoch, behind an '@'; nothing for an empty text, and for no time of this calendar.
std::optional<wall_time> read_since(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t count = 0;
    std::from_chars(text.data() + 1, text.data() + text.size(), count);
    return stored_time(count);
}

/// "<attempt>:<id>", "@<ms>" and "!" where they are to be said, and the body.
void read_grant(const dispatch_port::claim& claim, std::string_view name, std::string_view body,
                claim_outcome& outcome) {
    const auto colon = std::min(name.find(':'), name.size());
    delivery claimed;
    claimed.partition = claim.partition;
    claimed.queue_name = claim.queue_name;
    claimed.attempt = word_reader(name.substr(0, colon)).number();
    auto id_and_since = name.substr(std::min(colon + 1, name.size()));
    claimed.after_interruption = id_and_since.ends_with('!');
    if (claimed.after_interruption) id_and_since.remove_suffix(1);
    const auto at = std::min(id_and_since.find('@'), id_and_since.size());
    claimed.store_id = id_and_since.substr(0, at);
    if (auto event = decode_stored_event(body)) {
        claimed.since = read_since(id_and_since.substr(at)).value_or(event->accepted_at);
        claimed.event = std::make_shared<const postrider::event>(std::move(*event));
        outcome.deliveries.push_back(std::move(claimed));
    } else {
        outcome.unreadable.push_back(std::move(claimed));
    }
}

}  // namespace

claim_outcome read_claim(const dispatch_port::claim& claim, const redis::reply_view& reply,
                         std::size_t& position, store_context& context) {
    claim_outcome outcome;
    const std::string_view header = reply[position++].text();
    if (header == "F") {
        outcome.what = claim_outcome::kind::fenced;
        return outcome;
    }
    if (header.empty() || header.front() == 'E') {
        context.report_fault("claim", header.substr(std::min<std::size_t>(1, header.size())));
        outcome.what = claim_outcome::kind::faulty;
        return outcome;
    }
    word_reader words(header);
    const std::uint32_t given = words.number();
    outcome.more = words.number() != 0;
    for (auto stray = words.next(); !stray.empty(); stray = words.next())
        context.report_fault("stray_in_queue", inflight_field(claim.queue_name, stray));
    for (std::uint32_t grant = 0; grant < given && position + 1 < reply.size(); ++grant, position += 2)
        read_grant(claim, reply[position].text(), reply[position + 1].text(), outcome);
    return outcome;
}

}  // namespace postrider::queue
