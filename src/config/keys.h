#pragma once

#include <span>
#include <string_view>
#include <vector>

/// The known keys of every map of a configuration, in the order in which people are told of them.
namespace postrider::config {

using key_list = std::span<const std::string_view>;

namespace keys {
extern const key_list top;
extern const key_list included;  ///< of an included file
extern const key_list listen;
extern const key_list listener;
extern const key_list listener_tls;
extern const key_list redis;
extern const key_list sentinel;
extern const key_list cluster;
extern const key_list access;
extern const key_list token;
extern const key_list egress;
extern const key_list encryption;
extern const key_list audit;
extern const key_list limits;
extern const key_list tenant_limits;  ///< of one tenant in them
extern const key_list log;
extern const key_list endpoint;
extern const key_list circuit_breaker;
extern const key_list rate_limit;
extern const key_list endpoint_limits;
extern const key_list logging;
extern const key_list auto_disable;
extern const key_list retry;
extern const key_list delay;
extern const key_list timeout;
extern const key_list tls;
extern const key_list any_authentication;
extern const key_list standard_webhooks;
extern const key_list hmac_sha256;
extern const key_list bearer;
extern const key_list basic;
extern const key_list api_key;
extern const key_list live_secret;
}  // namespace keys

/// All of the lists above: documentation is held to them.
[[nodiscard]] std::vector<key_list> all_keys();

/// The key of the list that is nearest by edit distance; the first of those that are equally near.
[[nodiscard]] std::string_view nearest_key(std::string_view wrong, key_list keys);

}  // namespace postrider::config
