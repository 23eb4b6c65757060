#include <postrider/access/tokens.h>

#include <algorithm>
#include <cctype>

namespace postrider::access {
namespace {

constexpr std::string_view scheme = "bearer ";

bool begins_with_scheme(std::string_view authorization) noexcept {
    if (authorization.size() <= scheme.size()) return false;
    return std::equal(scheme.begin(), scheme.end(), authorization.begin(), [](char expected, char given) {
        return expected == static_cast<char>(std::tolower(static_cast<unsigned char>(given)));
    });
}

std::string_view as_text(const sha256_digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

bool token::allows(scope wanted) const noexcept {
    constexpr auto all = static_cast<std::uint8_t>(scope::admin);
    return (scopes & (static_cast<std::uint8_t>(wanted) | all)) != 0;
}

found_token token_list::find(std::string_view authorization, const time_source& time) const noexcept {
    const bool well_formed = begins_with_scheme(authorization);
    const sha256_digest digest =
        sha256({well_formed ? authorization.substr(scheme.size()) : std::string_view{}});
    found_token found;
    for (const token& candidate : tokens_) {
        // Every value is compared, so that the time says nothing about which one came close.
        if (equal_constant_time(as_text(candidate.digest), as_text(digest))) found = {&candidate, false};
        if (!candidate.previous) continue;
        const auto& [value, expires_at] = *candidate.previous;
        if (equal_constant_time(as_text(value), as_text(digest)) &&
            (!expires_at || time.wall_now() < *expires_at))
            found = {&candidate, true};
    }
    return well_formed ? found : found_token();
}

}  // namespace postrider::access
