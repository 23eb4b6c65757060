#pragma once

#include "section.h"

#include <optional>
#include <string>

namespace postrider::config {

/// What a PEM file must hold.
enum class pem_content : std::uint8_t { certificates, private_key };

/// Checks that the file can be read and holds what it must; the fault of it, or nothing. Each file is looked
/// at once for a configuration. A key under a passphrase is a fault: nobody is there to type it.
[[nodiscard]] std::optional<std::string> check_pem(reading& reading, const std::string& path,
                                                   pem_content content);

/// Whether the key belongs to the first certificate; both files passed `check_pem`.
[[nodiscard]] std::optional<std::string> check_key_pair(reading& reading, const std::string& certificate,
                                                        const std::string& key);

}  // namespace postrider::config
