#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/base/secret.h>
#include <postrider/http/message.h>

#include <cstdint>
#include <string>
#include <vector>

namespace postrider::cli {

/// What a receiver thinks of a delivery.
struct verdict {
    enum class kind : std::uint8_t { unchecked, verified, refused };
    kind what = kind::unchecked;
    std::string reason;  ///< of refused; shows no secret

    [[nodiscard]] bool operator==(const verdict&) const = default;
};

/// Checks deliveries as their receivers do: `whsec_…`, `whsk_…` and `whpk_…` against `webhook-signature`, any
/// other secret as that of an HMAC-SHA256 in `X-Signature-256`. One of several secrets is enough, as while
/// they are rotated.
class signature_check {
 public:
    /// The error says which secret cannot be one.
    [[nodiscard]] static expected<signature_check, std::string> make(std::vector<std::string> secrets);

    [[nodiscard]] verdict operator()(const http::request& request, wall_time now) const;

 private:
    explicit signature_check(std::vector<secret> secrets) : secrets_(std::move(secrets)) {}

    std::vector<secret> secrets_;
};

}  // namespace postrider::cli
