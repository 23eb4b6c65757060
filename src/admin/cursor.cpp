#include "cursor.h"

#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/sign/hmac.h>

#include <algorithm>

namespace postrider::admin {

namespace {

constexpr std::size_t digest_bytes = 16;
constexpr std::size_t longest_position = 640;
constexpr std::string_view separator("\0", 1);

std::string digest_of(std::string_view scope, std::string_view position) {
    const auto digest = sign::hmac_sha256(scope).compute({position});
    return {digest.begin(), digest.begin() + digest_bytes};
}

std::optional<std::string> from_base64url(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
    std::string padded(text);
    std::replace(padded.begin(), padded.end(), '-', '+');
    std::replace(padded.begin(), padded.end(), '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    return from_base64(padded);
}

}  // namespace

std::string list_scope(const secret& key, std::string_view path, const std::optional<std::string>& tenant,
                       std::string_view filters) {
    const auto scope = sign::hmac_sha256(key.reveal())
                           .compute({path, separator, tenant.value_or(std::string()), separator, filters});
    return {scope.begin(), scope.end()};
}

std::string make_cursor(std::string_view scope, std::string_view position) {
    const auto bytes = digest_of(scope, position).append(position);
    return to_base64url(bytes_of(bytes));
}

std::optional<std::string> read_cursor(std::string_view scope, std::string_view cursor) {
    const auto bytes = from_base64url(cursor);
    if (!bytes || bytes->size() <= digest_bytes || bytes->size() > digest_bytes + longest_position)
        return std::nullopt;
    auto position = bytes->substr(digest_bytes);
    if (!equal_constant_time(bytes->substr(0, digest_bytes), digest_of(scope, position))) return std::nullopt;
    return position;
}

std::optional<std::string> read_position(std::string_view scope, std::string_view cursor) {
    return cursor.empty() ? std::string() : read_cursor(scope, cursor);
}

json next_cursor(std::string_view scope, std::string_view position) {
    return position.empty() ? json(nullptr) : json(make_cursor(scope, position));
}

http::response refuse_cursor() {
    return http::problem(
        422, "invalid_cursor",
        "the cursor is none that was given here for these filters; leave it out to start again");
}

http::response refuse(const queue::read_fault& fault) {
    return fault.bad_position ? refuse_cursor() : unavailable("Redis did not answer as it should");
}

}  // namespace postrider::admin
