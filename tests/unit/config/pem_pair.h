#pragma once

#include <string>

namespace postrider::config {

/// A self-signed certificate and its key, both in PEM, made on the spot; it ends so many seconds from now.
struct pem_pair {
    std::string certificate;
    std::string key;
    std::string locked_key;  ///< the same key under a passphrase
};
[[nodiscard]] pem_pair make_pem_pair(long ends_in_seconds = 3600);

}  // namespace postrider::config
