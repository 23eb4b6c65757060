#include <postrider/base/append.h>
#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/base/stored_time.h>
#include <postrider/event/event.h>

#include <array>
#include <cstdint>
#include <span>

namespace postrider {

namespace {

constexpr char format = 1;
constexpr std::size_t time_bytes = 8;

/// Seven bits a byte, the lowest first, the top bit set on all but the last.
void put_length(std::string& out, std::size_t length) {
    while (length >= 0x80) {
        out.push_back(static_cast<char>(length | 0x80));
        length >>= 7;
    }
    out.push_back(static_cast<char>(length));
}

void put_time(std::string& out, wall_time time) {
    auto count = static_cast<std::uint64_t>(time.time_since_epoch().count());
    for (std::size_t n = 0; n < time_bytes; ++n, count >>= 8)
        out.push_back(static_cast<char>(count));
}

/// Takes values off the front of a text; after the first fault everything is a fault.
class reader {
 public:
    explicit reader(std::string_view rest) : rest_(rest) {}

    std::string_view text(std::size_t length) {
        if (length > rest_.size()) {
            good_ = false;
            return {};
        }
        const auto taken = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return taken;
    }

    std::uint8_t byte() {
        const auto taken = text(1);
        return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken.front());
    }

    std::size_t length() {
        std::size_t length = 0;
        for (unsigned shift = 0; shift < 63; shift += 7) {
            const std::size_t next = byte();
            length |= (next & 0x7f) << shift;
            if (next >= 0x80) continue;
            if (next == 0 && shift > 0) good_ = false;  // longer than needed: not ours
            return length;
        }
        good_ = false;
        return 0;
    }

    wall_time time() {
        std::uint64_t count = 0;
        for (std::size_t n = 0; n < time_bytes; ++n)
            count |= std::uint64_t{byte()} << (8 * n);
        const auto time = stored_time(static_cast<std::int64_t>(count));
        if (!time) good_ = false;
        return time.value_or(wall_time());
    }

    void refuse() { good_ = false; }
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

std::string store_id(std::string_view tenant, std::string_view id) {
    const auto digest = sha256({tenant, std::string_view("\0", 1), id});
    return to_base64url(std::span(digest).first(16));
}

std::string encode_event(const event& event, std::string room) {
    const std::array<const std::string*, 6> texts{&event.tenant, &event.id,          &event.type,
                                                  &event.key,    &event.traceparent, &event.body};
    std::size_t size = 1 + time_bytes;
    for (const auto* text : texts)
        size += 10 + text->size();
    std::string out = std::move(room);
    out.clear();
    out.reserve(size);
    out.push_back(format);
    put_time(out, event.accepted_at);
    for (const auto* text : texts)
        put_length(out, text->size());
    for (const auto* text : texts)
        out += *text;
    return out;
}

namespace {

/// Everything before the body; the body's length goes to `body`.
event read_head(reader& in, std::size_t& body) {
    event event;
    if (in.byte() != format) in.refuse();
    event.accepted_at = in.time();
    const std::array<std::string*, 5> texts{&event.tenant, &event.id, &event.type, &event.key,
                                            &event.traceparent};
    std::array<std::size_t, texts.size()> lengths{};
    for (auto& length : lengths)
        length = in.length();
    body = in.length();
    for (std::size_t n = 0; n < texts.size(); ++n)
        *texts[n] = in.text(lengths[n]);
    return event;
}

}  // namespace

std::optional<event> decode_event(std::string_view stored) {
    reader in(stored);
    std::size_t body = 0;
    event event = read_head(in, body);
    event.body = in.text(body);
    if (!in.good() || !in.at_end()) return std::nullopt;
    return event;
}

std::optional<event> decode_event_head(std::string_view beginning) {
    reader in(beginning);
    std::size_t body = 0;
    event event = read_head(in, body);
    if (!in.good()) return std::nullopt;
    return event;
}

std::string render_body(std::string_view id, std::string_view type, std::string_view timestamp,
                        std::string_view data) {
    std::string body;
    body.reserve(id.size() + type.size() + timestamp.size() + data.size() + 48);
    append_all(body, R"({"id":")", id, R"(","type":")", type, R"(","timestamp":")", timestamp,
               R"(","data":)");
    body.append(data).append("}");
    return body;
}

}  // namespace postrider
