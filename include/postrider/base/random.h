#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace postrider {

/// Where policies and identifiers take randomness from, so that tests can assert exact results.
/// Not thread-safe: each shard has its own.
class random_source {
 public:
    virtual ~random_source() = default;
    /// 64 uniform bits, unpredictable to outsiders.
    [[nodiscard]] virtual std::uint64_t next() = 0;
};

/// The kernel's randomness (getrandom), read in blocks. Ends the process if the kernel has none.
class system_random final : public random_source {
 public:
    [[nodiscard]] std::uint64_t next() override;

 private:
    static constexpr std::size_t block = 512;
    std::uint64_t words_[block / sizeof(std::uint64_t)];
    std::size_t used_ = block / sizeof(std::uint64_t);
};

/// 128 random bits as 22 characters of base64url: the identifiers that Postrider makes.
[[nodiscard]] std::string random_id(random_source& random);

}  // namespace postrider
