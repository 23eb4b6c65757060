#pragma once

#include "target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace postrider::fuzz {

/// A file that lies in no folder, for readers that want a path.
class memory_file {
 public:
    explicit memory_file(std::string_view content) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
        HOLDS(descriptor_ >= 0);
        HOLDS(::write(descriptor_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    }
    ~memory_file() { ::close(descriptor_); }
    memory_file(const memory_file&) = delete;
    memory_file& operator=(const memory_file&) = delete;

    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
    int descriptor_;
};

}  // namespace postrider::fuzz
