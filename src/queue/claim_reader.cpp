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

/// The delivery with its id as the script gives it: "@<ms>" and "!" behind it where they are to be said.
void read_grant(const dispatch_port::claim& claim, std::uint32_t attempt, std::string_view id_and_since,
                std::string_view body, claim_outcome& outcome) {
    delivery claimed;
    claimed.partition = claim.partition;
    claimed.queue_name = claim.queue_name;
    claimed.attempt = attempt;
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

/// "<given> <more> <attempt>": what was expected came, and its bodies are beside the script.
void read_expected(const wanted_claim& wanted, std::string_view header, const redis::reply& reply,
                   store_context& context, claim_outcome& outcome) {
    word_reader words(header);
    const std::size_t given = words.number();
    outcome.more = words.number() != 0;
    const std::uint32_t attempt = words.number();
    const redis::reply_view bodies = reply.sibling(wanted.bodies_at.value_or(reply.size()));
    if (bodies.size() < given) {
        // They are in flight, and nobody has them: as after any call whose outcome is unknown.
        context.scripts.client.leave("the bodies of a claim are not there");
        outcome.what = claim_outcome::kind::faulty;
        return;
    }
    outcome.were_beside = true;
    std::size_t at = 0;
    visit_ids(wanted.expected.ids, [&](std::string_view id) {
        if (at < given) read_grant(wanted.claim, attempt, id, bodies[at].text(), outcome);
        ++at;
    });
}

}  // namespace

claim_outcome read_claim(const wanted_claim& wanted, const redis::reply& reply, std::size_t& position,
                         store_context& context) {
    const dispatch_port::claim& claim = wanted.claim;
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
    if (header.front() == 'B') {
        read_expected(wanted, header.substr(1), reply, context, outcome);
        return outcome;
    }
    word_reader words(header);
    const std::uint32_t given = words.number();
    outcome.more = words.number() != 0;
    for (auto stray = words.next(); !stray.empty(); stray = words.next())
        context.report_fault("stray_in_queue", inflight_field(claim.queue_name, stray));
    for (std::uint32_t grant = 0; grant < given && position + 1 < reply.size(); ++grant, position += 2) {
        const std::string_view name = reply[position].text();
        const std::size_t colon = std::min(name.find(':'), name.size());
        const std::uint32_t attempt = word_reader(name.substr(0, colon)).number();
        read_grant(claim, attempt, name.substr(std::min(colon + 1, name.size())), reply[position + 1].text(),
                   outcome);
    }
    return outcome;
}

}  // namespace postrider::queue
