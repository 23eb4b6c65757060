#include <postrider/redis/reply.h>

#include <hiredis/hiredis.h>

#include <charconv>

namespace postrider::redis {
namespace {

const redisReply* raw_of(const void* raw) noexcept {
    return static_cast<const redisReply*>(raw);
}

std::optional<std::int64_t> integer_of(std::string_view text) noexcept {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

}  // namespace

reply_view::type reply_view::kind() const noexcept {
    if (raw_ == nullptr) return type::nil;
    switch (raw_of(raw_)->type) {
        case REDIS_REPLY_STATUS:
            return type::status;
        case REDIS_REPLY_ERROR:
            return type::error;
        case REDIS_REPLY_INTEGER:
            return type::integer;
        case REDIS_REPLY_STRING:
            return type::text;
        case REDIS_REPLY_ARRAY:
            return type::array;
        default:
            return type::nil;
    }
}

std::string_view reply_view::text() const noexcept {
    const type present = kind();
    if (present != type::text && present != type::status && present != type::error) return {};
    return {raw_of(raw_)->str, raw_of(raw_)->len};
}

std::optional<std::int64_t> reply_view::integer() const noexcept {
    switch (kind()) {
        case type::integer:
            return raw_of(raw_)->integer;
        case type::text:
            return integer_of(text());
        default:
            return std::nullopt;
    }
}

std::size_t reply_view::size() const noexcept {
    return kind() == type::array ? raw_of(raw_)->elements : 0;
}

reply_view reply_view::operator[](std::size_t index) const noexcept {
    if (index >= size()) return reply_view(nullptr);
    return reply_view(raw_of(raw_)->element[index]);
}

reply reply::last() && {
    const reply_view element = size() == 0 ? reply_view(nullptr) : (*this)[size() - 1];
    reply rest(std::move(*this));
    static_cast<reply_view&>(rest) = element;
    return rest;
}

reply_view reply::sibling(std::size_t index) const noexcept {
    if (owned_.get() == raw()) return reply_view(nullptr);
    return reply_view(owned_.get())[index];
}

void reply::free_raw(void* raw) noexcept {
    freeReplyObject(raw);
}

std::string_view reason_of(std::string_view error) noexcept {
    constexpr std::string_view refused = "EXECABORT Transaction discarded because of: ";
    if (error.starts_with(refused)) error.remove_prefix(refused.size());
    return error;
}

}  // namespace postrider::redis
