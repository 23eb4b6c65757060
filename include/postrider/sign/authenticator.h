#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/event/endpoint.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::sign {

/// The authentications of one endpoint, compiled: appends their header lines to a request.
/// Not thread-safe; each shard compiles its own.
class authenticator {
 public:
    /// The error names what is wrong with which entry and never shows a secret. No entries: no lines.
    [[nodiscard]] static expected<authenticator, std::string> compile(
        const std::vector<authentication>& authentications);

    authenticator(authenticator&&) noexcept;
    authenticator& operator=(authenticator&&) noexcept;
    ~authenticator();

    /// Appends whole lines ("Name: value\r\n"): `webhook-signature` with every live secret side by side
    /// where Standard Webhooks is used; signature and `X-Event-ID` for hmac_sha256; Authorization and so on.
    /// `webhook-id` and `webhook-timestamp` are the caller's: every request has them. Where every secret of
    /// an entry has expired, that entry writes no signature. Where a line shows a credential, room for the
    /// body and 256 bytes more is made before: none is left behind in memory that `out` gives up.
    void append_headers(std::string_view id, std::string_view timestamp, std::string_view body, wall_time now,
                        std::string& out);
    /// Whether lines hold what a receiver knows its sender by, open: a token, a password, a key. A signature
    /// is none.
    [[nodiscard]] bool shows_credentials() const noexcept;

 private:
    struct state;
    explicit authenticator(std::unique_ptr<state> state);
    std::unique_ptr<state> state_;
};

/// Every header that these authentications may write: none of them may be set a second time, be it by another
/// authentication (`compile` refuses that) or by an endpoint's `headers`.
[[nodiscard]] std::vector<std::string> header_names(const std::vector<authentication>& authentications);

/// Whether a header may be set by configuration: a valid field name that is not Host, framing, hop-by-hop,
/// `webhook-*`, `postrider-*` or one that Postrider writes itself. The error says why not.
[[nodiscard]] expected<void, std::string> check_header_name(std::string_view name);
/// Visible ASCII, spaces and tabs, bytes from 0x80; no control character, so that no line can be broken.
[[nodiscard]] expected<void, std::string> check_header_value(std::string_view value);

}  // namespace postrider::sign
