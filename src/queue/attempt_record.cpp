#include <postrider/base/stored_time.h>
#include <postrider/queue/attempt_record.h>

#include <algorithm>
#include <array>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::uint8_t plain_format = 1;
constexpr std::uint8_t traced_format = 2;
constexpr std::size_t trace_id_digits = 32;
constexpr unsigned span_id_bytes = 8;

/// The byte of flags. The lowest four bits are read by scripts (lib/history.lua).
constexpr std::uint8_t keeps_body_flag = 1;
constexpr std::uint8_t test_flag = 2;
constexpr unsigned kind_shift = 2;  ///< two bits: delivered, retried, dead
constexpr std::uint8_t kind_mask = 3;
constexpr unsigned texts_shift = 4;  ///< one bit for each text that is not empty

/// The texts that most attempts do not have.
template <typename Record>
auto rare_texts(Record& record) {
    return std::array{&record.error, &record.request_headers, &record.response_headers,
                      &record.response_body};
}

/// Seven bits a byte, the lowest first, the top bit set on all but the last.
void put_number(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out.push_back(static_cast<char>(number | 0x80));
        number >>= 7;
    }
    out.push_back(static_cast<char>(number));
}

void put_duration(std::string& out, milliseconds duration) {
    put_number(out, static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count())));
}

void put_text(std::string& out, std::string_view text) {
    put_number(out, text.size());
    out += text;
}

std::uint8_t flags_of(const attempt_record& record) {
    auto flags = static_cast<unsigned>(record.what) << kind_shift;
    if (record.keeps_body) flags |= keeps_body_flag;
    if (record.is_test) flags |= test_flag;
    unsigned bit = texts_shift;
    for (const std::string* text : rare_texts(record))
        flags |= (text->empty() ? 0U : 1U) << bit++;
    return static_cast<std::uint8_t>(flags);
}

bool is_traced(const attempt_record& record) {
    return record.span_id != 0 && record.trace_id.size() == trace_id_digits;
}

void put_trace(std::string& out, const attempt_record& record) {
    out += record.trace_id;
    for (unsigned shift = 8 * span_id_bytes; shift > 0; shift -= 8)
        out.push_back(static_cast<char>(record.span_id >> (shift - 8)));
}

/// Takes values off the front of a record; after the first fault everything is a fault.
class record_reader {
 public:
    explicit record_reader(std::string_view rest) : rest_(rest) {}

    std::string_view bytes(std::uint64_t length) {
        if (length > rest_.size()) {
            refuse();
            return {};
        }
        const auto taken = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return taken;
    }
    std::uint8_t byte() {
        const auto taken = bytes(1);
        return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken.front());
    }
    std::uint64_t number(std::uint64_t most) {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 63; shift += 7) {
            const std::uint64_t next = byte();
            number |= (next & 0x7f) << shift;
            if (next >= 0x80) continue;
            if ((next == 0 && shift > 0) || number > most) refuse();  // not of our making
            return number;
        }
        refuse();
        return 0;
    }
    /// Also a time: the sum of two fits.
    milliseconds duration() {
        return milliseconds(static_cast<std::int64_t>(number(latest_stored_milliseconds)));
    }
    std::string text() { return std::string(bytes(number(rest_.size()))); }

    void refuse() {
        good_ = false;
        rest_ = {};
    }
    [[nodiscard]] bool is_whole() const { return good_ && rest_.empty(); }

 private:
    std::string_view rest_;
    bool good_ = true;
};

dead_reason read_reason(record_reader& in) {
    const std::uint8_t reason = in.byte();
    if (reason > static_cast<std::uint8_t>(dead_reason::endpoint_deleted)) in.refuse();
    return static_cast<dead_reason>(reason);
}

void read_trace(record_reader& in, attempt_record& record) {
    record.trace_id = in.bytes(trace_id_digits);
    for (unsigned n = 0; n < span_id_bytes; ++n)
        record.span_id = (record.span_id << 8) | in.byte();
    if (record.span_id == 0) in.refuse();
}

attempt_record read_record(record_reader& in) {
    attempt_record record;
    const std::uint8_t format = in.byte();
    if (format != plain_format && format != traced_format) in.refuse();
    const std::uint8_t flags = in.byte();
    record.keeps_body = (flags & keeps_body_flag) != 0;
    record.is_test = (flags & test_flag) != 0;
    const unsigned kind = (flags >> kind_shift) & kind_mask;
    if (kind > static_cast<unsigned>(outcome::kind::dead)) in.refuse();
    record.what = static_cast<outcome::kind>(kind);
    record.attempt = static_cast<std::uint32_t>(in.number(UINT32_MAX));
    record.begun_at = wall_time(in.duration());
    record.duration = in.duration();
    record.status = static_cast<std::uint16_t>(in.number(UINT16_MAX));
    if (record.what == outcome::kind::retry) record.retry_in = in.duration();
    if (record.what == outcome::kind::dead) record.reason = read_reason(in);
    record.event_id = in.text();
    record.event_type = in.text();
    unsigned bit = texts_shift;
    for (std::string* text : rare_texts(record)) {
        if (((flags >> bit++) & 1U) == 0) continue;
        *text = in.text();
        if (text->empty()) in.refuse();
    }
    if (format == traced_format) read_trace(in, record);
    return record;
}

}  // namespace

std::string encode_attempt(std::uint64_t stamp, std::string_view store_id, const attempt_record& record) {
    constexpr std::size_t numbers = 64;
    std::size_t size =
        history_stamp_bytes + store_id_bytes + numbers + record.event_id.size() + record.event_type.size();
    for (const std::string* text : rare_texts(record))
        size += text->size();
    std::string out;
    out.reserve(size);
    out.append(history_stamp_bytes, '\0');
    set_stamp(out, stamp);
    out += store_id.substr(0, store_id_bytes);
    out.append(history_stamp_bytes + store_id_bytes - out.size(), ' ');  // never: it is always of this length
    out.push_back(static_cast<char>(is_traced(record) ? traced_format : plain_format));
    out.push_back(static_cast<char>(flags_of(record)));
    put_number(out, record.attempt);
    put_duration(out, record.begun_at.time_since_epoch());
    put_duration(out, record.duration);
    put_number(out, record.status);
    if (record.what == outcome::kind::retry) put_duration(out, record.retry_in);
    if (record.what == outcome::kind::dead) out.push_back(static_cast<char>(record.reason));
    put_text(out, record.event_id);
    put_text(out, record.event_type);
    for (const std::string* text : rare_texts(record))
        if (!text->empty()) put_text(out, *text);
    if (is_traced(record)) put_trace(out, record);
    return out;
}

void set_stamp(std::string& stored, std::uint64_t stamp) {
    for (std::size_t place = history_stamp_bytes; place > 0; stamp >>= 8)
        stored[--place] = static_cast<char>(stamp & 0xff);
}

std::uint64_t read_stamp(std::string_view stored) {
    std::uint64_t stamp = 0;
    for (const char byte : stored.substr(0, history_stamp_bytes))
        stamp = (stamp << 8) | static_cast<std::uint8_t>(byte);
    return stamp;
}

std::optional<stored_attempt> decode_attempt(std::string_view stored) {
    record_reader in(stored);
    stored_attempt attempt;
    attempt.stamp = read_stamp(in.bytes(history_stamp_bytes));
    attempt.store_id = in.bytes(store_id_bytes);
    attempt.record = read_record(in);
    if (!in.is_whole()) return std::nullopt;
    return attempt;
}

}  // namespace postrider::queue
