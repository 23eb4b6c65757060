#pragma once

#include "values.h"

#include <postrider/base/clock.h>

#include <optional>
#include <string>
#include <string_view>

namespace postrider::config {

/// What a PEM file must hold.
enum class pem_content : std::uint8_t { certificates, private_key };

/// Checks that the file can be read and holds what it must; the fault of it, or nothing. Each file is looked
/// at once for a configuration. A key under a passphrase is a fault: nobody is there to type it.
[[nodiscard]] std::optional<std::string> check_pem(reading& reading, const std::string& path,
                                                   pem_content content);

/// A path relative to the folder of the file that it is written in, to a PEM file that holds what it must.
[[nodiscard]] std::optional<std::string> read_pem_path(reading& reading, const item& value,
                                                       pem_content content);

/// What a PEM file holds; the fault as `check_pem` words it.
[[nodiscard]] expected<std::string, std::string> read_pem(const std::string& path);
/// Whether the private key belongs to the first of the certificates.
[[nodiscard]] bool key_belongs(std::string_view certificates, std::string_view key);
/// Why the first certificate is good for nobody now: it has expired, or begins later; empty when it is.
[[nodiscard]] std::string untimely(std::string_view certificates, wall_time now);

/// Whether the key belongs to the first certificate; both files passed `check_pem`.
[[nodiscard]] std::optional<std::string> check_key_pair(reading& reading, const std::string& certificate,
                                                        const std::string& key);

}  // namespace postrider::config
