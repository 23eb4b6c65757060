#include "reply_reader.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <new>

namespace postrider::redis {
namespace {

#if HIREDIS_MAJOR >= 1
using element_count = std::size_t;
#else
using element_count = int;
#endif

using array_maker = void* (*)(const redisReadTask*, element_count);

/// hiredis' own table of callbacks; the one way to it is a reader.
redisReplyObjectFunctions default_functions() {
    redisReader* const reader = redisReaderCreate();
    if (reader == nullptr) throw std::bad_alloc();
    const redisReplyObjectFunctions functions = *reader->fn;
    redisReaderFree(reader);
    return functions;
}

array_maker default_array() {
    static const array_maker maker = default_functions().createArray;
    return maker;
}

/// hiredis allocates an array as soon as it reads its length, whatever that says. Called from C: nothing may
/// be thrown. Null ends the reader with "out of memory".
void* bounded_array(const redisReadTask* task, element_count count) noexcept {
    const auto most = *static_cast<const std::size_t*>(task->privdata);
    return static_cast<std::size_t>(count) > most ? nullptr : default_array()(task, count);
}

redisReplyObjectFunctions bounded_functions() {
    redisReplyObjectFunctions functions = default_functions();
    (void)default_array();  // made here, where it may throw
    functions.createArray = &bounded_array;
    return functions;
}

struct free_reader {
    void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};

}  // namespace

struct reply_reader::impl {
    explicit impl(std::size_t limit)
        : max_bytes(limit), max_elements(limit / shortest_element), functions(bounded_functions()) {
        reader.reset(redisReaderCreateWithFunctions(&functions));
        if (!reader) throw std::bad_alloc();
        reader->privdata = &max_elements;
    }

    static constexpr std::size_t shortest_element = 4;  // ":1\r\n"
    const std::size_t max_bytes;
    std::size_t max_elements;
    std::size_t unfinished = 0;  // bytes since the last whole reply
    redisReplyObjectFunctions functions;
    std::unique_ptr<redisReader, free_reader> reader;

    expected<void, std::string> feed(std::string_view bytes, std::vector<reply>& out) {
        if (redisReaderFeed(reader.get(), bytes.data(), bytes.size()) != REDIS_OK) return fault();
        unfinished += bytes.size();
        for (;;) {
            const std::string_view rest(reader->buf + reader->pos, reader->len - reader->pos);
            if (rest.empty()) break;
            if (is_between_replies() && queued.starts_with(rest.substr(0, queued.size()))) {
                if (rest.size() < queued.size()) break;  // it shows when there is more
                reader->pos += queued.size();
                unfinished = rest.size() - queued.size();
                out.emplace_back();
                continue;
            }
            void* raw = nullptr;
            if (redisReaderGetReply(reader.get(), &raw) != REDIS_OK) return fault();
            if (raw == nullptr) break;
            out.emplace_back(raw);
            unfinished = reader->len - reader->pos;
        }
        if (unfinished > max_bytes)
            return unexpected<std::string>("a reply is longer than " + std::to_string(max_bytes) + " bytes");
        return {};
    }

    /// hiredis makes a text of each reply: too much for what says nothing.
    static constexpr std::string_view queued = "+QUEUED\r\n";
    [[nodiscard]] bool is_between_replies() const { return reader->ridx == -1; }

    [[nodiscard]] unexpected<std::string> fault() const {
        return unexpected<std::string>("not a valid reply: " + std::string(reader->errstr));
    }
};

reply_reader::reply_reader(std::size_t max_bytes) : impl_(std::make_unique<impl>(max_bytes)) {}

reply_reader::~reply_reader() = default;

expected<void, std::string> reply_reader::feed(std::string_view bytes, std::vector<reply>& out) {
    // After each KiB it consumed the reader moves the rest of its buffer to the front: in one gulp of 64 KiB
    // that would be quadratic.
    constexpr std::size_t slice = 8192;
    while (!bytes.empty()) {
        const std::string_view next = bytes.substr(0, std::min(bytes.size(), slice));
        bytes.remove_prefix(next.size());
        if (auto fed = impl_->feed(next, out); !fed) return fed;
    }
    return {};
}

}  // namespace postrider::redis
