#pragma once

#include <postrider/access/tokens.h>

#include <cstdint>
#include <string_view>

namespace postrider::access {

/// What a request says about who sent it. Empty: the header is absent.
struct credentials {
    std::string_view authorization;
    std::string_view host;
    std::string_view origin;
};

enum class refusal : std::uint8_t {
    none,
    unauthenticated,  ///< 401: no token, an unknown or a malformed one; all the same to the client
    missing_scope,    ///< 403
    foreign_host,     ///< 403, without tokens only: `Host` is not the loopback's, as after DNS rebinding
    foreign_origin,   ///< 403, without tokens only: sent by a web page of somebody else
};

/// Who it is, or why not. `who` is null where everything is open because there are no tokens.
struct permission {
    refusal why = refusal::none;
    const token* who = nullptr;
    bool by_previous = false;  ///< the token's previous value was sent
};

/// Whether the sender may do what needs `wanted`. Pure; `who` lives as long as `tokens`.
[[nodiscard]] permission permit(const credentials& credentials, const token_list& tokens, scope wanted,
                                const time_source& time) noexcept;

/// For people: what is wrong and what is allowed. Empty for `none`.
[[nodiscard]] std::string_view explain(refusal refusal) noexcept;

}  // namespace postrider::access
